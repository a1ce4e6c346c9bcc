"""The question before what cannot be taken back."""

import click
from deployment.errors import ToolError


def ask_for_name(name: str, otherwise: str) -> None:
    """Goes on when the person types the name; raises ToolError that says `otherwise`."""
    try:
        typed = click.prompt(f"Type {name} to go on", default="", show_default=False, err=True)
    except click.Abort:
        typed = ""
    if typed.strip() != name:
        raise ToolError(f"{otherwise}: {name!r} was not typed.")
