"""`jobctl`, also as `python -m jobctl`."""

from deployment.command_line import run

from jobctl.cli import cli


def main() -> None:
    """Runs a command."""
    run("jobctl", cli)


if __name__ == "__main__":
    main()
