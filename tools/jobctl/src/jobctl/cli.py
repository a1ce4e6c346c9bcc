"""The commands; each one's code is loaded when it is called, so that `jobctl --help` is quick."""

import importlib
from collections.abc import Mapping

import click

# Name → (module, what `jobctl --help` says). boto3 alone takes 0.3 s to load.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("jobctl.commands.local", "Start the local stack."),
    "down": ("jobctl.commands.local", "Drain and end the local stack."),
    "status": ("jobctl.commands.local", "Say what of the local stack runs."),
    "demo": ("jobctl.commands.demo", "Start a stack, send one trigger through it, stop."),
    "send": ("jobctl.commands.send", "Send triggers."),
    "show": ("jobctl.commands.show", "Show a job, both stages."),
    "queues": ("jobctl.commands.queues", "Show the depth and age of the queues."),
    "logs": ("jobctl.commands.logs", "Show the log lines of a service or a job."),
    "plan": ("jobctl.commands.roots", "Plan a Terraform root: shared, dev, staging or prod."),
    "apply": ("jobctl.commands.roots", "Apply a Terraform root, after Terraform has asked."),
    "bootstrap": ("jobctl.commands.bootstrap", "Make the bucket for Terraform's state in an account."),
}


class _LazyCommands(click.Group):
    def list_commands(self, _context: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(_COMMANDS[name][0]), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Run the local stack, send triggers, follow jobs."""
