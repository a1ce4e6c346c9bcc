"""Where the repository is, and the folders in it that this tool writes to."""

from pathlib import Path

from deployment.errors import ToolError

_MARKER = Path("tools/jobctl/pyproject.toml")


def find_repository(start: Path | None = None) -> Path:
    """The repository's folder: the one that holds `start` (default: here), else the one of this package."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents, *Path(__file__).resolve().parents):
        if (folder / _MARKER).is_file():
            return folder
    raise ToolError(f"{here} is not inside a clone of this repository; change into one.")


def local_folder(repository: Path) -> Path:
    """`.local`: everything that the tools write and git does not keep; made when missing."""
    folder = repository / ".local"
    folder.mkdir(exist_ok=True)
    return folder
