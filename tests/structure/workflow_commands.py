"""What the steps of workflows run: commands that exist, with options that exist, each in one place."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator

import click
from pipeline.cli import cli
from workflow_files import Automation

# In every shell: the runner sets them.
_GIVEN = re.compile(r"GITHUB_[A-Z_]+|RUNNER_TEMP")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
_OPTIONAL = re.compile(r"\$\{(\w+):\+([^}]*)\}")
# Ends a run, of whatever kind.
_REPEATED = {".venv/bin/pipeline gate"}


def commands_exist(of: Automation) -> Iterator[str]:
    """A step is one command: a target of make, or one of the pipeline's with arguments that it takes."""
    targets = set(re.findall(r"^([a-z-]+):", (of.folder / "Makefile").read_text(), re.MULTILINE))
    for step in filter(lambda step: step.run, of.steps):
        reason = _reason_against(step.run, targets)
        if reason:
            yield f"{step.place}: {step.run}: {reason}"


def _reason_against(command: str, targets: set[str]) -> str | None:
    if "\n" in command or "${{" in command:
        return "must be one line, without an expression"
    # What an optional argument looks like when it is there, and where it goes to the runner.
    words = shlex.split(_OPTIONAL.sub(r"\2", command).removesuffix(' >> "$GITHUB_OUTPUT"'))
    if words[0] in ("make", ".ci/run"):
        unknown = [word for word in words[1:] if word not in targets]
        return f"make has no target {unknown[0]}" if unknown else None
    if words[0] != ".venv/bin/pipeline":
        return "must be a target of make or a command of the pipeline"
    return _pipeline_reason(words[1], words[2:])


def _pipeline_reason(name: str, arguments: list[str]) -> str | None:
    context = click.Context(cli)
    command = cli.get_command(context, name)
    if command is None:
        return f"the pipeline has no command {name}"
    # Variables stand for values of any kind: a number will do where one is asked for.
    filled = ["1" if argument.startswith("$") else argument for argument in arguments]
    try:
        parser = command.make_parser(click.Context(command))
        found, rest, _ = parser.parse_args(list(filled))
    except click.UsageError as error:
        return error.format_message()
    # What is not there has no value of a kind that a command line gives.
    missing = [
        parameter.name
        for parameter in command.params
        if parameter.required and not isinstance(found.get(parameter.name or ""), str | tuple | list)
    ]
    if missing or rest:
        return f"lacks {missing[0]}" if missing else f"takes no {rest[0]}"
    return None


def variables_are_set(of: Automation) -> Iterator[str]:
    """What a command reads is set beside it; what is set there is read."""
    for step in filter(lambda step: step.run, of.steps):
        named = {name for name in _VARIABLE.findall(step.run) if not _GIVEN.fullmatch(name)}
        given = set(step.content.get("env") or {})
        yield from (f"{step.place}: ${name} is not set" for name in sorted(named - given))
        if "pipeline" not in step.run:
            yield from (f"{step.place}: {name} is not read" for name in sorted(given - named))


def commands_stand_in_one_place(of: Automation) -> Iterator[str]:
    """What two jobs need is shared: a composite action, or a reusable workflow."""
    counts = Counter(step.run for step in of.steps if step.run and step.run not in _REPEATED)
    yield from (
        f"{command} stands in {count} places" for command, count in sorted(counts.items()) if count > 1
    )
