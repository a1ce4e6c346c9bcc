"""A stored key works for whoever reads it, from anywhere, until somebody notices; OIDC's lasts an hour."""

import re

from policy_documents.workflow import Reason, Workflow
from workflow_policy import WorkflowPolicy

_KEY = re.compile(
    r"\baws[_-](?:access[_-]key[_-]id|secret[_-]access[_-]key|session[_-]token)\b|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    re.IGNORECASE,
)
_ALL_SECRETS = re.compile(r"\bsecrets\s*:\s*inherit\b|\btoJSON\(\s*secrets\s*\)", re.IGNORECASE)


class NoKeysAreStored(WorkflowPolicy):
    """Holds for every line that is no comment."""

    id = "CKV_JOBS_12"
    sentence = "Workflows reach AWS by OIDC alone: no access key is stored or handed on"

    def reasons(self, workflow: Workflow) -> list[Reason]:
        """Where all secrets are handed on, nothing shows that no key is among them."""
        found: list[Reason] = []
        for line, code in workflow.code_lines():
            if match := _KEY.search(code):
                found.append((line, f"{match[0]} is a key's; take a role by OIDC (role-to-assume) instead"))
            if match := _ALL_SECRETS.search(code):
                found.append((line, f"{match[0]!r} hands on every secret; name the ones that are needed"))
        return found


NoKeysAreStored()
