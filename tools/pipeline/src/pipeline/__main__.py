"""`pipeline`, also as `python -m pipeline`."""

from deployment.command_line import run

from pipeline.cli import cli


def main(arguments: list[str] | None = None) -> None:
    """Runs a command."""
    run("pipeline", cli, arguments)


if __name__ == "__main__":
    main()
