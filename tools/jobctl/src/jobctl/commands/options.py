"""Options that several commands share, and how they print."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click
import msgspec
from deployment.target import Target, choose_target
from rich.console import Console

_PLAIN_WIDTH = 140

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON for machines.")


def target_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --env, --profile and --region."""
    for option in (
        click.option("--region", help="AWS region.  [default: the one in infra/envs/product.json]"),
        click.option("--profile", help="AWS profile of an account."),
        click.option("--env", "environment", help="Environment in an account: dev, staging, prod."),
    ):
        command = option(command)
    return command


def find_target(profile: str | None, region: str | None, environment: str | None, *, quiet: bool) -> Target:
    """The command's target; unless `quiet` it is named on stderr: nobody shall work on the wrong one."""
    target = choose_target(profile, region, environment)
    if not quiet:
        click.echo(f"Target: {target.name}", err=True)
    return target


def stdout_console() -> Console:
    """Rich's console on stdout; wide where no terminal says how wide it is, so that nothing is cut."""
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    return console


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=False) + "\n")
