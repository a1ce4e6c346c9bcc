"""`python -m deployment.terraform -- ARGS`: the fitting Terraform, e.g. `-- -chdir=infra/envs/dev show`."""

import os
import sys
from pathlib import Path

from deployment.errors import ToolError
from deployment.repository import find_repository
from deployment.terraform.environment import data_folder, prepare_terraform

_CHDIR = "-chdir="


def main(arguments: list[str]) -> None:
    """Becomes Terraform; TF_DATA_DIR is kept when it is set, else it is a folder of the root's own."""
    arguments = arguments[1:] if arguments[:1] == ["--"] else arguments
    try:
        repository = find_repository()
        setup = prepare_terraform(repository, lambda text: print(text, file=sys.stderr))
    except ToolError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    given = os.environ.get("TF_DATA_DIR")
    data = Path(given) if given else data_folder(repository, _root(arguments))
    # Become Terraform: its signals and exit code are then its own.
    os.execve(setup.binary, [str(setup.binary), *arguments], setup.environment(data))  # noqa: S606


def _root(arguments: list[str]) -> Path:
    named = [argument.removeprefix(_CHDIR) for argument in arguments if argument.startswith(_CHDIR)]
    return Path(named[0]) if named else Path.cwd()


if __name__ == "__main__":
    main(sys.argv[1:])
