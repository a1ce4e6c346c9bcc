"""What a fork sets, from `infra/envs/product.json`; every Terraform root reads the same file."""

import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from deployment.errors import ToolError
from deployment.repository import find_repository

PLACE = Path("infra/envs/product.json")
# The local stack's. AWS keeps it for examples, so that no account of anybody's has it.
LOCAL_ACCOUNT_ID = "123456789012"
_ACCOUNT_ID = re.compile(r"\d{12}")
_NUMBER = re.compile(r"[1-9]\d{0,19}")
# 31: <project_name>-staging-background-job-execution must fit the 64 characters of a role's name.
_RULES = {
    "project_name": (
        re.compile(r"(?=.{2,31}$)[a-z][a-z0-9-]*[a-z0-9]"),
        "2 to 31 lower-case letters, digits and dashes, beginning with a letter and not ending with a dash",
    ),
    "aws_region": (re.compile(r"[a-z]{2}(-[a-z]+)+-\d"), "a region such as eu-central-1"),
    "aws_account_id": (_ACCOUNT_ID, "the 12 digits of the account, in quotes, or null"),
    "existing_github_provider_arn": (
        re.compile(r"arn:[a-z-]+:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com"),
        "the ARN of GitHub's OIDC provider in the account, or null",
    ),
}
_GITHUB_RULES = {
    "owner": (re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,37}[a-zA-Z0-9])?"), "a user or an organization"),
    "name": (re.compile(r"[a-zA-Z0-9._-]{1,100}"), "the repository's name without its owner"),
    "owner_id": (_NUMBER, "GitHub's number of the owner, in quotes"),
    "repository_id": (_NUMBER, "GitHub's number of the repository, in quotes"),
}
_OPTIONAL = {"aws_account_id", "existing_github_provider_arn"}


@dataclass(frozen=True)
class GitHubRepository:
    """The repository that may plan and deploy, by name and by GitHub's numbers."""

    owner: str
    name: str
    owner_id: str
    repository_id: str

    @property
    def full_name(self) -> str:
        """`owner/name`, as GitHub's API and `gh` take it."""
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True)
class Product:
    """`aws_account_id` None: any account. `github` None: people deploy, no workflow does."""

    project_name: str
    aws_region: str
    aws_account_id: str | None = None
    github: GitHubRepository | None = None
    existing_github_provider_arn: str | None = None

    def role_arn(self, role: str, account_id: str) -> str:
        """Of a role that GitHub's jobs take: `plan`, `publish`, `apply-dev`, ..."""
        return f"arn:{self.partition}:iam::{account_id}:role/{self.project_name}-github-{role}"

    @property
    def partition(self) -> str:
        """The part of AWS that the region belongs to."""
        if self.aws_region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.aws_region.startswith("us-gov-") else "aws"


def product() -> Product:
    """What this clone's file says; raises ToolError. Read once."""
    return _read_once(find_repository() / PLACE)


def read_product(file: Path) -> Product:
    """What a file says; raises ToolError with the place, the value and what is allowed."""
    try:
        content = json.loads(file.read_text())
    except OSError as error:
        raise ToolError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise ToolError(f"{file} is no JSON: {error}.") from None
    known = {*_RULES, "github"}
    if not isinstance(content, dict) or set(content) != known:
        raise ToolError(f"{file} must be an object with exactly these keys: {', '.join(sorted(known))}.")
    for name, (pattern, allowed) in _RULES.items():
        if not (content[name] is None and name in _OPTIONAL):
            _check(file, name, content[name], pattern, allowed)
    return Product(**content | {"github": _github(file, content["github"])})


def write_product(file: Path, changed: Product) -> None:
    """Replaces the file in one step; what is written is what `read_product` gives."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(changed), indent=2) + "\n")
    try:
        read_product(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def _github(file: Path, content: Any) -> GitHubRepository | None:
    if content is None:
        return None
    if not isinstance(content, dict) or set(content) != set(_GITHUB_RULES):
        raise ToolError(
            f"{file} has {content!r} as github; it must be null or have {', '.join(_GITHUB_RULES)}."
        )
    for name, (pattern, allowed) in _GITHUB_RULES.items():
        _check(file, f"github.{name}", content[name], pattern, allowed)
    return GitHubRepository(**content)


def _check(file: Path, name: str, value: Any, pattern: re.Pattern[str], allowed: str) -> None:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ToolError(f"{file} has {json.dumps(value)} as {name}; it must be {allowed}.")


@lru_cache
def _read_once(file: Path) -> Product:
    return read_product(file)
