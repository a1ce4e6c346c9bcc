"""What our checks on plans are made of: checkov calls them for each planned resource of a type."""

import json
import os
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.provider.base_check import BaseProviderCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

from policy_documents.plan import Plan, Resource, Unknown, read_plan

# Which plan a file that checkov scans was made from: {scanned file: plan}, from engine.py.
PLANS_VARIABLE = "POLICIES_PLANS"


class PlanPolicy(BaseResourceCheck):
    """A policy on each resource of some types. What it cannot prove, fails."""

    id: ClassVar[str]
    sentence: ClassVar[str]
    resource_types: ClassVar[tuple[str, ...]]

    def __init__(self) -> None:
        super().__init__(self.sentence, self.id, [CheckCategories.CONVENTION], self.resource_types)

    def scan_resource_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Called by checkov; the reasons go into the record's details."""
        plan = _plan_of(self.entity_path)
        self.details = _proven(lambda: self.reasons(plan.resources[conf["__address__"]], plan))
        return CheckResult.FAILED if self.details else CheckResult.PASSED

    @abstractmethod
    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Why the resource breaks the policy; none if it is proven not to."""


class WholePlanPolicy(BaseProviderCheck):
    """A policy on a plan as a whole: checkov calls it for the provider. Reasons begin with an address."""

    id: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence, self.id, [CheckCategories.CONVENTION], ["aws"])

    def scan_provider_conf(self, conf: dict[str, Any]) -> CheckResult:
        """Called by checkov; the reasons go into the record's details."""
        plan = _plan_of(self.entity_path)
        self.details = _proven(lambda: self.reasons(plan))
        return CheckResult.FAILED if self.details else CheckResult.PASSED

    @abstractmethod
    def reasons(self, plan: Plan) -> list[str]:
        """Why the plan breaks the policy, each as `address: reason`; none if it is proven not to."""


def _plan_of(entity_path: str) -> Plan:
    scanned = Path(entity_path.partition(":")[0]).name
    return read_plan(Path(json.loads(os.environ[PLANS_VARIABLE])[scanned]))


def _proven(judge: Callable[[], list[str]]) -> list[str]:
    try:
        return judge()
    except Unknown as missing:
        return [f"not proven: {missing}"]
    except Exception as error:  # checkov would drop it, and the policy would seem to pass
        return [f"not proven: the policy broke on this plan ({type(error).__name__}: {error})"]
