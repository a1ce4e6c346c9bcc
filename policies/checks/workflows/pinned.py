"""A tag can be moved to code that steals what the job may do, as happened to widely used actions."""

import re

from policy_documents.workflow import Reason, Workflow
from workflow_policy import WorkflowPolicy

_LOCAL = re.compile(r"\./\S*")
_BY_COMMIT = re.compile(r"[\w.-]+/[\w.-]+(?:/[\w./-]+)?@[0-9a-f]{40}")
_BY_DIGEST = re.compile(r"(?:docker://)?[^@\s$]+@sha256:[0-9a-f]{64}")


class WhatRunsIsPinned(WorkflowPolicy):
    """Holds for actions, reusable workflows and images of containers."""

    id = "CKV_JOBS_10"
    sentence = "Workflows name actions by full commit SHA and images by digest"

    def reasons(self, workflow: Workflow) -> list[Reason]:
        """What is in this repository is pinned by the commit itself."""
        loose = [
            (line, f"{used!r} is not pinned; write <owner>/<action>@<40 hexadecimal digits> # <version>")
            for line, used in workflow.used()
            if not any(form.fullmatch(used) for form in (_LOCAL, _BY_COMMIT, _BY_DIGEST))
        ]
        return loose + [
            (line, f"image {image!r} is not pinned; write <image>@sha256:<64 hexadecimal digits>")
            for line, image in workflow.images()
            if not _BY_DIGEST.fullmatch(image)
        ]


WhatRunsIsPinned()
