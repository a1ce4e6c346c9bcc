"""A job's token that may do more than the job needs does it for whoever gets code into the job."""

from typing import Any

from policy_documents.workflow import Reason, Workflow, items
from workflow_policy import WorkflowPolicy


class PermissionsAreGivenOneByOne(WorkflowPolicy):
    """Holds for the workflow and each of its jobs."""

    id = "CKV_JOBS_11"
    sentence = "Workflows have no permissions, and jobs are given single ones with a reason beside each"

    def reasons(self, workflow: Workflow) -> list[Reason]:
        """Without `permissions` on top, every job has what the repository's settings say."""
        top = workflow.document.get("permissions")
        is_empty = isinstance(top, dict) and not items(top)
        line = workflow.line_of(workflow.document, "permissions")
        found = [] if is_empty else [(line, "write `permissions: {}` on top")]
        for name, job in workflow.jobs.items():
            found += self._of_job(name, job, workflow)
        return found

    def _of_job(self, name: str, job: dict[str, Any], workflow: Workflow) -> list[Reason]:
        granted = job.get("permissions", {})
        if not isinstance(granted, dict):
            line = workflow.line_of(job, "permissions")
            return [(line, f"job {name} has {granted!r}; name single permissions, each with a reason")]
        lines = {scope: workflow.line_of(granted, scope) for scope in items(granted)}
        return [
            (
                line,
                f"job {name} is given {scope}: {granted[scope]} without a reason; write beside it: # why",
            )
            for scope, line in lines.items()
            if granted[scope] != "none" and not workflow.comment_on(line)
        ]


PermissionsAreGivenOneByOne()
