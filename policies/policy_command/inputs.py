"""What is judged: the code of a repository, its roots, and plans that somebody brings along."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policy_command.errors import BadInput
from policy_documents.plan import Plan, Unknown

# Where code is that gets deployed; tests have Terraform and images of their own.
_FOLDERS = ("infra", "services", "examples", ".github")
_NOT_CODE = shutil.ignore_patterns(".terraform", "*.tfstate*", "tests", "__pycache__", "*.egg-info")


@dataclass(frozen=True)
class PlanFile:
    """A plan as JSON: what people call it, and the folder of its root if that is known."""

    name: str
    file: Path
    document: dict[str, Any]
    root: Path | None


def copy_code(repository: Path, target: Path) -> None:
    """What checkov gets to see, under the paths that people know."""
    for name in _FOLDERS:
        if (repository / name).is_dir():
            shutil.copytree(repository / name, target / name, ignore=_NOT_CODE)


def code_files(repository: Path) -> list[Path]:
    """Every file that may hold a skip."""
    files = [file for name in _FOLDERS for file in (repository / name).rglob("*") if file.is_file()]
    return sorted(file for file in files if ".terraform" not in file.parts and _may_skip(file))


def known_roots(repository: Path) -> dict[str, Path]:
    """Name → folder of each root, below the repository: environments, and examples by the example's name."""
    environments = {path.parent.name: path.parent for path in repository.glob("infra/envs/*/backend.tf")}
    examples = {path.parents[1].name: path.parent for path in repository.glob("examples/*/infra/backend.tf")}
    found = environments | examples
    return {name: found[name].relative_to(repository) for name in sorted(found)}


def roots(repository: Path, chosen: list[str]) -> dict[str, Path]:
    """The roots to plan: those chosen, or all. Raises BadInput for one that does not exist."""
    known = known_roots(repository)
    for name in chosen:
        if name not in known:
            raise BadInput(
                f"there is no root {name!r} in infra/envs or examples; choose from {', '.join(known)}"
            )
    return {name: known[name] for name in chosen} or known


def read_plan_file(file: Path, repository: Path, root: str = "") -> PlanFile:
    """A plan's JSON. Without a root's name it is found by the plan's environment. Raises BadInput."""
    try:
        document = json.loads(file.read_text())
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadInput(f"{file} is not JSON; make it by: terraform show -json PLAN") from None
    if not isinstance(document, dict) or not {"planned_values", "resource_changes"} <= set(document):
        raise BadInput(f"{file} is not a plan; make it by: terraform show -json PLAN")
    if document.get("errored"):
        raise BadInput(f"{file} is a plan that ended in an error, and may lack anything; plan again")
    places = known_roots(repository)
    folder = repository / places.get(root or _environment(document), "infra/envs/unknown")
    return PlanFile(root or str(file), file, document, folder if folder.is_dir() else None)


def _environment(document: dict[str, Any]) -> str:
    try:
        return Plan(document).environment
    except Unknown:
        return "unknown"


def _may_skip(file: Path) -> bool:
    return file.suffix in {".tf", ".yml", ".yaml"} or file.name.startswith("Dockerfile")
