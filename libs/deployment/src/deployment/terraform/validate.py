"""`python -m deployment.terraform.validate FILE...`: are the roots valid that use these files?

A root's check covers the modules that it calls; a module that no root calls is checked by itself. So what is
validated are the folders that nothing else uses and that reach one of the files.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deployment.errors import ToolError
from deployment.repository import find_repository
from deployment.terraform.environment import TerraformSetup, data_folder, prepare_terraform

# A folder of this repository; anything else that is called `source` in a block does not begin with a dot.
_LOCAL_SOURCE = re.compile(r'^\s*source\s*=\s*"(\.{1,2}/[^"]*)"', re.MULTILINE)
# A provider takes up to 650 MB while its schema is read.
_MOST_AT_ONCE = 4
_CODE = ("infra/**.tf", "examples/**.tf")

Uses = Mapping[Path, set[Path]]


def folders_to_validate(files: Iterable[Path], uses: Uses) -> list[Path]:
    """The folders that reach the folder of one of `files` and that no other folder uses, sorted."""
    changed = {file.resolve().parent for file in files}
    used = set().union(*uses.values())
    return sorted(folder for folder in set(uses) - used if _reached(folder, uses) & changed)


def local_uses(repository: Path) -> dict[Path, set[Path]]:
    """Each folder in `infra` and `examples` with Terraform code → the folders that its modules come from."""
    uses: dict[Path, set[Path]] = {}
    for file in _terraform_files(repository):
        sources = _LOCAL_SOURCE.findall(file.read_text())
        uses.setdefault(file.parent, set()).update((file.parent / source).resolve() for source in sources)
    return uses


def validate(setup: TerraformSetup, repository: Path, folders: list[Path]) -> list[str]:
    """What Terraform says of each folder that is not valid; an empty list when all are."""
    run = _Runner(setup, repository)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, _MOST_AT_ONCE)) as pool:
        first = dict(zip(folders, pool.map(run.validate, folders), strict=True))
        # Most often everything is in place from the last time. What is not valid may only lack its modules or
        # its provider; that is mended one by one, for Terraform's provider cache takes one writer.
        again = [folder for folder, complaint in first.items() if complaint]
        not_ready = {folder: complaint for folder in again if (complaint := run.init(folder))}
        ready = [folder for folder in again if folder not in not_ready]
        second = dict(zip(ready, pool.map(run.validate, ready), strict=True))
    complaints = {**not_ready, **second}
    return [f"{folder.relative_to(repository)}: {said}" for folder, said in complaints.items() if said]


class _Runner:
    """Runs Terraform's commands; each returns what it complains of, or ''."""

    def __init__(self, setup: TerraformSetup, repository: Path) -> None:
        self.setup = setup
        self.repository = repository

    def validate(self, folder: Path) -> str:
        return self._run(folder, "validate")

    def init(self, folder: Path) -> str:
        locked = (folder / "backend.tf").is_file()
        return self._run(folder, "init", "-backend=false", *(["-lockfile=readonly"] if locked else []))

    def _run(self, folder: Path, *command: str) -> str:
        # A module has no lock of its own in git; without this its provider would be downloaded each time.
        unlocked = {"TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
        data = data_folder(self.repository, folder)
        done = subprocess.run(
            [str(self.setup.binary), f"-chdir={folder}", *command, "-no-color"],
            env=self.setup.environment(data, {**os.environ, **unlocked}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.stdout.strip() or f"exit code {done.returncode}" if done.returncode else ""


def main(arguments: list[str]) -> None:
    """Exit code 1, and Terraform's own words, when a root or module is not valid."""
    try:
        repository = find_repository()
        setup = prepare_terraform(repository, lambda text: print(text, file=sys.stderr))
        folders = folders_to_validate(map(Path, arguments), local_uses(repository))
        complaints = validate(setup, repository, folders)
    except ToolError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    if complaints:
        print("\n\n".join(complaints), file=sys.stderr)
        raise SystemExit(1)


def _reached(folder: Path, uses: Uses) -> set[Path]:
    """The folder and everything below it in the graph of uses."""
    reached: set[Path] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting.extend(uses.get(current, ()))
    return reached


def _terraform_files(repository: Path) -> Iterable[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_CODE],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return (repository / name for name in listed.split("\0") if name and (repository / name).is_file())


if __name__ == "__main__":
    main(sys.argv[1:])
