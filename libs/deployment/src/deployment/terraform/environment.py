"""The environment that Terraform runs in: quiet, reproducible, with its working files out of the tree."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deployment.repository import local_folder
from deployment.terraform.binary import find_terraform
from deployment.terraform.providers import cli_configuration, find_mirror, mirror_candidates, pinned_providers


@dataclass(frozen=True)
class TerraformSetup:
    """A Terraform binary and its configuration; `mirrored`: the providers are on this machine."""

    binary: Path
    cli_configuration: Path
    mirrored: bool

    def environment(self, data_folder: Path, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The variables to run Terraform with; `data_folder` takes what would be `.terraform/`."""
        return {
            **(os.environ if base is None else base),
            "TF_CLI_CONFIG_FILE": str(self.cli_configuration),
            "TF_DATA_DIR": str(data_folder),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }


def prepare_terraform(repository: Path, say: Callable[[str], None]) -> TerraformSetup:
    """Finds (or downloads) Terraform and writes its CLI configuration to `.local/terraform/`."""
    local = local_folder(repository)
    binary = find_terraform(local / "bin", say)
    folder = local / "terraform"
    cache = folder / "plugin-cache"
    cache.mkdir(parents=True, exist_ok=True)
    pins = pinned_providers(sorted((repository / "infra/envs").glob("*/.terraform.lock.hcl")))
    mirror = find_mirror(mirror_candidates(), pins, say)
    configuration = folder / "terraform.rc"
    _write_if_changed(configuration, cli_configuration(mirror, cache))
    return TerraformSetup(binary, configuration, mirrored=mirror is not None)


def data_folder(repository: Path, root: Path) -> Path:
    """Where `python -m deployment.terraform` keeps the working files of a root or module, in `.local`."""
    root = root.resolve()
    inside = root.relative_to(repository) if root.is_relative_to(repository) else Path(*root.parts[1:])
    return local_folder(repository) / "terraform/data" / "-".join(inside.parts or ("repository",))


def _write_if_changed(target: Path, text: str) -> None:
    """Another run may be reading it: replaced in one step, and only when it differs."""
    if target.exists() and target.read_text() == text:
        return
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(target)
