"""`pipeline load-test --env ENV ... --out DIR`."""

import sys
from pathlib import Path

import click
from deployment.errors import BadInput, ToolError
from deployment.repository import find_repository

from pipeline.github.runner import add_summary
from pipeline.load import LoadTest, judge, load_options, run_load


@click.command("load-test")
@load_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="New folder, for the report.")
@click.option("--confirm-prod", is_flag=True, help="Needed with --env prod: real work is delayed by yours.")
def load_test(asked: LoadTest, out: Path, *, confirm_prod: bool) -> None:
    """Test the load of ENV with `jobctl load`, compare with the stored baseline, and say what came of it.

    Exit codes are those of `jobctl load`: 0 when all is well, 1 when it failed, 2 when ENV is worse than the
    baseline or the input cannot be used, 130 when it was interrupted.
    """
    if (out / "report.json").exists():
        raise BadInput(f"{out} has a report already; choose another folder with --out.")
    baseline = find_repository() / asked.baseline
    compared = baseline.is_file()
    command = [sys.executable, "-m", "jobctl", "load", *asked.arguments(), "--out", str(out)]
    command += ["--baseline", str(baseline)] if compared else []
    code = run_load([*command, "--confirm-prod"] if confirm_prod else command)
    verdict = judge(asked, code, out, compared=compared)
    summary = out / "summary.md"
    add_summary(f"{summary.read_text() if summary.is_file() else ''}\n\n**{verdict.sentence}**")
    if code:
        raise _failure(verdict.sentence, code)
    click.echo(verdict.sentence)


def _failure(sentence: str, exit_code: int) -> ToolError:
    error = ToolError(sentence)
    error.exit_code = exit_code
    return error
