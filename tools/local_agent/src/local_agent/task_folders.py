"""The folders of tasks: logs stay for a while, the rest goes when the task stops."""

import shutil
from pathlib import Path

KEPT_FOLDERS = 50


def tidy(folder: Path) -> None:
    """A stopped task keeps its output and loses its scratch space, as a container does."""
    for name in ("tmp", "home"):
        shutil.rmtree(folder / name, ignore_errors=True)


def discard_old(parent: Path, in_use: set[str]) -> None:
    """Delete the oldest folders of stopped tasks beyond the newest 50."""
    idle = [folder for folder in parent.iterdir() if folder.name not in in_use]
    idle.sort(key=lambda folder: folder.stat().st_mtime)
    for folder in idle[:-KEPT_FOLDERS]:
        shutil.rmtree(folder, ignore_errors=True)
