"""What our checks on workflows are made of: checkov calls them once for each workflow."""

from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from checkov.common.models.enums import CheckResult
from checkov.github_actions.checks.base_github_action_check import BaseGithubActionsCheck
from checkov.yaml_doc.enums import BlockType

from policy_documents.workflow import Reason, Workflow


class WorkflowPolicy(BaseGithubActionsCheck):
    """A policy on a workflow. What it cannot read, fails."""

    id: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence, self.id, supported_entities=("*",), block_type=BlockType.DOCUMENT)

    def scan_conf(self, conf: dict[str, Any]) -> tuple[CheckResult, dict[str, Any]]:
        """Called by checkov; the reasons travel in the configuration that is handed back."""
        try:
            text = Path(self.entity_path.partition(":*:")[0]).read_text()
            reasons = self.reasons(Workflow(conf, text.splitlines()))
        except Exception as error:  # checkov would drop it, and the policy would seem to pass
            reasons = [(1, f"not proven: the policy broke here ({type(error).__name__}: {error})")]
        place = {key: conf.get(key, 1) for key in ("__startline__", "__endline__")}
        return (CheckResult.FAILED if reasons else CheckResult.PASSED), {**place, "reasons": reasons}

    @abstractmethod
    def reasons(self, workflow: Workflow) -> list[Reason]:
        """Why the workflow breaks the policy, as (line, text); none if it is proven not to."""
