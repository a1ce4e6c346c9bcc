"""burst: many jobs at once."""

from jobctl.lab.chart import thinned
from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract, delivered_once
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 600.0
_CONSUMERS = 2


def run(lab: Lab, size: Size) -> list[Case]:
    """Everything is sent as fast as it goes."""
    with lab.consumers(_CONSUMERS, settings={"CONCURRENCY": 8, "MAX_IN_FLIGHT": 16}) as consumers:
        watch = Watch(lab, consumers, work(size.jobs), _BOUND_SECONDS).to_the_end()
        return [watch.case(f"{size.jobs} at once")]


def judge(cases: list[Case]) -> list[Check]:
    """It takes its time and loses nothing."""
    (case,) = cases
    return [*contract(cases), all_succeeded(case), *delivered_once(case)]


EXPERIMENT = Experiment(
    name="burst",
    expects="The backlog rises at once and falls to nothing; every job is delivered once and succeeds.",
    why="A consumer takes only what it can begin soon, and keeps alive what waits in it.",
    jobs=1000,
    quick_jobs=60,
    bound_seconds=_BOUND_SECONDS,
    run=run,
    judge=judge,
    chart="jobs not ended, by time",
    bars=lambda cases: thinned(cases[0].backlog),
)
