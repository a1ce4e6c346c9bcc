"""Commands whose code is loaded when one is called: `--help` is quick, for boto3 alone takes 0.3 s."""

import importlib
from collections.abc import Mapping

import click

# Name → (module that defines a command of that name, what `--help` says).
Commands = Mapping[str, tuple[str, str]]


class LazyCommands(click.Group):
    """Click's group over such a table; a name's dashes are underscores in its module."""

    def __init__(self, commands: Commands, **settings: object) -> None:
        super().__init__(context_settings={"help_option_names": ["-h", "--help"]}, **settings)  # type: ignore[arg-type]
        self._table = commands

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in self._table:
            return None
        command = getattr(importlib.import_module(self._table[name][0]), name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._table.items()])
