"""What git knows of a commit, by git itself."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deployment.errors import BadInput, ToolError


@dataclass(frozen=True)
class Entry:
    """One tracked file: mode (`100644`), object hash, path."""

    mode: str
    hash: str
    path: str


@dataclass(frozen=True)
class Commit:
    """A commit of the repository in `folder`: its full hash, the hash of its tree, all its files."""

    folder: Path
    hash: str
    tree: str
    files: tuple[Entry, ...]

    def entries(self, *paths: str) -> list[Entry]:
        """The files at or below these paths."""
        return [file for file in self.files if any(is_within(file.path, path) for path in paths)]

    def content(self, entry: Entry) -> bytes:
        """A file as it is in the commit, with no conversion of any kind."""
        return run_git(self.folder, "cat-file", "blob", entry.hash)

    def differences(self, paths: Iterable[str]) -> list[str]:
        """Which of these files differ in the work tree from HEAD, as `git status` sees it; new ones count."""
        options = ("--porcelain", "-z", "--untracked-files=all", "--no-renames")
        listed = run_git(self.folder, "status", *options, "--", *(f":(top,literal){path}" for path in paths))
        return [line[3:] for line in listed.decode(errors="surrogateescape").split("\0")[:-1]]


def is_within(file: str, path: str) -> bool:
    """Whether a file is that path, or below it."""
    return file == path or file.startswith(f"{path}/")


def find_commit(folder: Path, name: str) -> Commit:
    """The commit that a name (`HEAD`, a branch, a hash) stands for; raises BadInput when there is none."""
    try:
        commit = _one_hash(folder, f"{name}^{{commit}}")
    except ToolError:
        run_git(folder, "rev-parse", "--git-dir")
        raise BadInput(f"There is no commit {name!r} in {folder}; fetch it, or name another.") from None
    tree = _one_hash(folder, f"{commit}^{{tree}}")
    listed = run_git(folder, "ls-tree", "-r", "-z", "--full-tree", commit).decode(errors="surrogateescape")
    return Commit(folder, commit, tree, tuple(_entry(line) for line in listed.split("\0")[:-1]))


def _one_hash(folder: Path, name: str) -> str:
    return run_git(folder, "rev-parse", "--verify", "--end-of-options", name).decode().strip()


def _entry(line: str) -> Entry:
    about, _, path = line.partition("\t")
    mode, _, object_hash = about.split(" ")
    return Entry(mode, object_hash, path)


def run_git(folder: Path, *arguments: str) -> bytes:
    """What `git ARGUMENTS` prints; raises ToolError with git's own sentence."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise ToolError(
            "git is not installed; install it, for a release is a function of a commit."
        ) from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0].rstrip(".")
        raise ToolError(f"`git {arguments[0]}` failed in {folder}: {said or f'exit code {done.returncode}'}.")
    return done.stdout
