"""Runs experiments in the place that was chosen, one after another, and reports what was seen."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import msgspec
from deployment.aws_errors import one_sentence
from deployment.errors import BadInput, ToolError
from deployment.target import LOCAL_ENVIRONMENT, Target, choose_target

from jobctl.lab.environment_lab import EnvironmentLab
from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.local_lab import local_lab, own_embedded_aws, task_environment
from jobctl.lab.place import Lab

_ENVIRONMENTS = ("dev", "staging")


class Report(msgspec.Struct, kw_only=True, rename="camel"):
    """What came of one experiment. `ok`: the contract held, and what was broken had its effect."""

    name: str
    ok: bool
    expects: str
    why: str
    seconds: float
    checks: list[Check]
    cases: list[Case]
    chart: str
    bars: list[tuple[str, float]]


def report(experiment: Experiment, cases: list[Case], seconds: float = 0.0) -> Report:
    """Judges what was seen."""
    checks = experiment.judge(cases)
    return Report(
        name=experiment.name,
        ok=bool(checks) and all(check.ok or check.by_chance for check in checks),
        expects=experiment.expects,
        why=experiment.why,
        seconds=round(seconds, 1),
        checks=checks,
        cases=cases,
        chart=experiment.chart,
        bars=list(experiment.bars(cases)),
    )


def run_experiment(experiment: Experiment, lab: Lab, *, jobs: int | None, quick: bool) -> Report:
    """Runs it; raises ToolError when it cannot run in this place."""
    if experiment.local_only and not lab.is_local:
        raise ToolError(
            f"{experiment.name} runs locally only: it needs consumers with other settings or a broken AWS; "
            "leave out --env."
        )
    began = time.monotonic()
    size = Size(jobs or (experiment.quick_jobs if quick else experiment.jobs), quick)
    cases = experiment.run(lab, size)
    return report(experiment, cases, time.monotonic() - began)


class Laboratory:
    """Makes a lab for one experiment after another."""

    def __init__(self, target: Target, *, is_local: bool) -> None:
        self._target = target
        self.is_local = is_local
        self.name = target.name
        with one_sentence(target.name):
            self._base = task_environment(target) if is_local else {}

    def lab(self) -> AbstractContextManager[Lab]:
        """A lab for one experiment: what it made is gone at the block's end."""
        return local_lab(self._target, self._base) if self.is_local else _environment(self._target)


@contextmanager
def laboratory(profile: str | None, region: str | None, environment: str | None) -> Iterator[Laboratory]:
    """On the local stack that is up, on an embedded AWS of its own, or in an account that was named.

    Raises ToolError, for prod always.
    """
    if environment is not None and environment not in _ENVIRONMENTS:
        if environment == "prod":
            raise BadInput("The lab breaks things on purpose: it never runs on prod.")
        raise BadInput(f"--env {environment} is no place for the lab; choose dev or staging.")
    if environment or profile:
        yield Laboratory(choose_target(profile, region, environment or LOCAL_ENVIRONMENT), is_local=False)
    elif target := _running_stack():
        yield Laboratory(target, is_local=True)
    else:
        with own_embedded_aws() as target:
            yield Laboratory(target, is_local=True)


def _running_stack() -> Target | None:
    try:
        return choose_target(None, None, None)
    except ToolError:
        # An address that was given and is refused is a mistake; none at all is not.
        if os.environ.get("AWS_ENDPOINT_URL"):
            raise
        return None


@contextmanager
def _environment(target: Target) -> Iterator[Lab]:
    yield EnvironmentLab(target)
