"""A queue, table, database, bucket or key takes along what it holds, or all that it encrypts."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from plan_policy import WholePlanPolicy
from policy_documents.deletions import Permit, read_permits
from policy_documents.plan import Plan

# The folder of the roots, from engine.py: each may have its own list of what may be deleted.
ROOTS_VARIABLE = "POLICIES_ROOTS"


class NothingIsLostUnsaid(WholePlanPolicy):
    """Holds for prod, and for every root that is not known to be for experiments (shared, too)."""

    id = "CKV_JOBS_9"
    sentence = "No queue, table, database, bucket or key of prod is deleted or replaced without saying so"
    keepers: ClassVar[frozenset[str]] = frozenset(
        {
            "aws_sqs_queue",
            "aws_dynamodb_table",
            "aws_db_instance",
            "aws_rds_cluster",
            "aws_s3_bucket",
            "aws_kms_key",
        }
    )
    for_experiments: ClassVar[frozenset[str]] = frozenset({"dev", "staging"})

    def reasons(self, plan: Plan) -> list[str]:
        """Looks at every change, also of resources that are in no code any more."""
        lost = {
            change["address"]: "replace" if "create" in change["change"]["actions"] else "delete"
            for change in plan.document["resource_changes"]
            if change["type"] in self.keepers and "delete" in change["change"]["actions"]
        }
        if not lost or plan.environment in self.for_experiments:
            return []
        said = Path(os.environ[ROOTS_VARIABLE], plan.environment, "deletions.yaml")
        permits = read_permits(said)
        return [
            f"{address}: the plan would {action} it; keep it, or name it in infra/envs/{plan.environment}/"
            "deletions.yaml with address, action, reason and expires"
            for address, action in sorted(lost.items())
            if not any(_covers(permit, address, action) for permit in permits)
        ]


def _covers(permit: Permit, address: str, action: str) -> bool:
    today = datetime.now(UTC).date()
    return (permit.address, permit.action) == (address, action) and permit.expires >= today


NothingIsLostUnsaid()
