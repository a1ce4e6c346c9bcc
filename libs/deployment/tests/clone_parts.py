"""A folder that our own commands take for a clone, for tests that change or apply what is in it."""

import shutil
from pathlib import Path

from deployment.repository import local_folder
from deployment.terraform import prepare_terraform

REPOSITORY = Path(__file__).resolve().parents[3]


def lay_out_parts(folder: Path, *parts: str) -> None:
    """Parts of the repository, such as `infra`, with the Terraform that works on them."""
    for part in parts:
        shutil.copytree(REPOSITORY / part, folder / part, ignore=shutil.ignore_patterns(".terraform"))
    # Commands find the repository by this file.
    (folder / "tools/jobctl").mkdir(parents=True)
    shutil.copy(REPOSITORY / "tools/jobctl/pyproject.toml", folder / "tools/jobctl")
    share_terraform(folder)


def share_terraform(folder: Path) -> None:
    """What the repository has downloaded of Terraform, in a folder that has no `.local` yet."""
    # Nothing may have used Terraform here before: this makes what the links lead to.
    prepare_terraform(REPOSITORY, print)
    (folder / ".local/terraform").mkdir(parents=True)
    for kept in ("bin", "terraform/plugin-cache"):
        (folder / ".local" / kept).symlink_to(local_folder(REPOSITORY) / kept)
