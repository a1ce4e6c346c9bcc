"""A real git repository with this one's files, for tests that change and commit them."""

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
_NOT_KEPT = shutil.ignore_patterns(
    ".git", ".venv", ".local", ".terraform", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info"
)
# Neither a person's settings nor a hook's variables may reach these.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{
        f"GIT_{who}_{what}": "ada@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


class CopiedRepository:
    """The repository in `folder`; each change is a commit on main."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(REPOSITORY, folder, symlinks=True, ignore=_NOT_KEPT)
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def git(self, *arguments: str, text: bytes = b"") -> str:
        """What `git ARGUMENTS` prints."""
        command = ["git", "-C", str(self.folder), *arguments]
        done = subprocess.run(command, input=text, env=_ENVIRONMENT, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def commit(self) -> str:
        """Commits everything that git does not ignore; the commit's hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "Change something")
        return self.git("rev-parse", "HEAD")

    def change(self, path: str, text: str = "\n# changed\n") -> str:
        """Appends to a file, which is made when missing, and commits."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as stream:
            stream.write(text)
        return self.commit()
