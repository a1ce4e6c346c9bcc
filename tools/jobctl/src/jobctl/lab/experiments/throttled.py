"""throttled: AWS refuses a share of all calls."""

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 240.0
_PER_CENT = (0, 10, 40)


def run(lab: Lab, size: Size) -> list[Case]:
    """The same jobs at growing rates of refusal."""
    cases = []
    for per_cent in _PER_CENT:
        faults = [f"refuse=*:ThrottlingException:{per_cent / 100}"] if per_cent else []
        with lab.consumers(2, faults=faults) as consumers:
            watch = Watch(lab, consumers, work(size.jobs), _BOUND_SECONDS)
            cases.append(watch.to_the_end().case(f"{per_cent} % refused"))
    return cases


def judge(cases: list[Case]) -> list[Check]:
    """Slower, and nobody crashes or fails a job for it."""
    checks = contract(cases) + [all_succeeded(case) for case in cases]
    for case in cases:
        text = f"{case.name}: {case.restarts} consumers ended"
        checks.append(Check(text=text, ok=case.restarts == 0))
    return checks


EXPERIMENT = Experiment(
    name="throttled",
    expects="The more calls are refused the longer it takes; no job fails, and no consumer ends.",
    why="Refused calls are repeated with growing delays while the messages in hand stay invisible.",
    jobs=60,
    quick_jobs=10,
    bound_seconds=_BOUND_SECONDS * len(_PER_CENT),
    run=run,
    judge=judge,
    chart="seconds to drain",
    bars=lambda cases: [(case.name, case.seconds) for case in cases],
    local_only=True,
)
