"""A team's fork of this repository, with the real workflows, tools and roots, and a small stack."""

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deployment.product import PLACE, GitHubRepository, Product, write_product
from github_jobs import ACCOUNT, PROJECT
from github_jobs import REPOSITORY as ON_GITHUB

# What the team sets.
PRODUCT = Product(PROJECT, "us-east-1", ACCOUNT, GitHubRepository(**ON_GITHUB))
REPOSITORY = Path(__file__).resolve().parents[2]
# What stands for the product's own: a stack of seconds, images of two layers, make targets that do nothing.
STAND_INS = Path(__file__).parent / "fork"
TAKEN = (
    ".github",
    ".gitignore",
    "infra",
    "libs",
    "policies",
    "pyproject.toml",
    "requirements",
    "services",
    "tools",
)
# The stack's own parts; its variables and versions stay.
REPLACED = ("infra/modules/stack/*.tf", "infra/modules/stack/README.md", "infra/modules/stack/tests/*")
KEPT = ("variables.tf", "variables_alarms.tf", "versions.tf")
AUTHOR = {
    "GIT_AUTHOR_NAME": "An Author",
    "GIT_AUTHOR_EMAIL": "author@example.com",
    "GIT_COMMITTER_NAME": "An Author",
    "GIT_COMMITTER_EMAIL": "author@example.com",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "advice.detachedHead",
    "GIT_CONFIG_VALUE_0": "false",
}
Change = Callable[[Path], None]


@dataclass(frozen=True)
class Fork:
    """A clone of the fork; its work tree is what a run checks out."""

    folder: Path

    def git(self, *arguments: str) -> str:
        """What git prints."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=os.environ | AUTHOR,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.git("rev-parse", "HEAD")

    @property
    def tree(self) -> str:
        """The hash of its files."""
        return self.git("rev-parse", "HEAD^{tree}")

    def commit(self, message: str, change: Change) -> str:
        """Commits what `change` does to the files; the commit's hash."""
        change(self.folder)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.head

    def branch(self, name: str, change: Change) -> str:
        """A branch of main with one change, checked out; its head."""
        self.git("switch", "--quiet", "--create", name, "main")
        return self.commit(f"Change for {name}", change)

    def merged_with_main(self, name: str) -> str:
        """What GitHub checks out for a pull request: main with the branch merged, detached."""
        self.git("switch", "--quiet", "--detach", "main")
        self.git("merge", "--quiet", "--no-ff", "--no-edit", name)
        return self.head

    def squash(self, name: str) -> str:
        """Merges a branch into main as one new commit, main checked out; the commit."""
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--squash", name)
        self.git("commit", "--quiet", "--message", f"Merge {name}")
        return self.head

    def clone(self, folder: Path) -> "Fork":
        """Another clone, so that a test's branches are its own."""
        subprocess.run(
            ["git", "clone", "--quiet", str(self.folder), str(folder)], env=os.environ | AUTHOR, check=True
        )
        return Fork(folder)


def make_fork(folder: Path) -> Fork:
    """The fork with one commit on main."""
    _copy_the_tree(folder)
    for pattern in REPLACED:
        for path in folder.glob(pattern):
            if path.name not in KEPT:
                path.unlink()
    shutil.copytree(STAND_INS, folder, dirs_exist_ok=True)
    write_product(folder / PLACE, PRODUCT)
    fork = Fork(folder)
    fork.git("init", "--quiet", "--initial-branch", "main")
    fork.commit("Begin", lambda _folder: None)
    return fork


def _copy_the_tree(folder: Path) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *TAKEN],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source = REPOSITORY / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)


def replace_in(path: str, old: str, new: str, *, first: bool = False) -> Change:
    """A change of one text in one file: the only one, or the first of several."""

    def change(folder: Path) -> None:
        text = (folder / path).read_text()
        assert text.count(old) == 1 or (first and old in text), f"{path} has {text.count(old)} of {old!r}"
        (folder / path).write_text(text.replace(old, new, 1))

    return change
