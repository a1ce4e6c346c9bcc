"""slow-dependency: DynamoDB and CloudWatch Logs answer after seconds."""

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract, delivered_once
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 180.0
_LATE_SECONDS = 2
_CASES = {
    "at once": (),
    f"{_LATE_SECONDS} s late": tuple(
        f"slow={action}:{_LATE_SECONDS}" for action in ("UpdateItem", "PutLogEvents", "CreateLogStream")
    ),
}


def run(lab: Lab, size: Size) -> list[Case]:
    """The same jobs with AWS as it is, and slow."""
    cases = []
    for name, faults in _CASES.items():
        with lab.consumers(2, settings={"VISIBILITY_TIMEOUT_SECONDS": 10}, faults=faults) as consumers:
            watch = Watch(lab, consumers, work(size.jobs), _BOUND_SECONDS)
            cases.append(watch.to_the_end().case(name))
    return cases


def judge(cases: list[Case]) -> list[Check]:
    """Slower, and nothing else."""
    plain, late = cases
    text = f"slower, as it must be: {late.seconds:g} s, at once {plain.seconds:g} s"
    return [
        *contract(cases),
        *(all_succeeded(case) for case in cases),
        *(check for case in cases for check in delivered_once(case)),
        Check(text=text, ok=late.seconds > plain.seconds, by_chance=True),
    ]


EXPERIMENT = Experiment(
    name="slow-dependency",
    expects="Jobs take as much longer as AWS does; none fails, none is delivered twice, no consumer ends.",
    why="The heartbeat goes on beside a slow ledger, and log lines are put by a thread of their own.",
    jobs=40,
    quick_jobs=8,
    bound_seconds=_BOUND_SECONDS * len(_CASES),
    run=run,
    judge=judge,
    chart="seconds to drain",
    bars=lambda cases: [(case.name, case.seconds) for case in cases],
    local_only=True,
)
