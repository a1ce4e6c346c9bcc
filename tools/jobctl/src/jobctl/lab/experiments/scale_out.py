"""scale-out: the same work with one, three and five consumers."""

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_STEPS = (1, 3, 5)
_BOUND_SECONDS = 120.0
# Few at a time, so that the work and not this machine's processor is what takes long.
_SETTINGS = {"CONCURRENCY": 2, "MAX_IN_FLIGHT": 2}


def run(lab: Lab, size: Size) -> list[Case]:
    """One case for each number of consumers."""
    seconds = 1 if lab.is_local else 5
    cases = []
    for count in _STEPS:
        with lab.consumers(count, settings=_SETTINGS) as consumers:
            watch = Watch(lab, consumers, work(size.jobs, sleepSeconds=seconds), _BOUND_SECONDS)
            cases.append(watch.to_the_end().case(f"{count} consumers" if count > 1 else "1 consumer"))
    return cases


def judge(cases: list[Case]) -> list[Check]:
    """Nothing lost while it scales, and more consumers are done sooner."""
    one, *more = cases
    checks = contract(cases) + [all_succeeded(case) for case in cases]
    for case in more:
        text = f"{case.name} drain it in {case.seconds:g} s, {one.name} in {one.seconds:g} s"
        checks.append(Check(text=text, ok=case.seconds < one.seconds, by_chance=True))
    return checks


EXPERIMENT = Experiment(
    name="scale-out",
    expects="The drain time falls with the number of consumers; every job succeeds once.",
    why="Consumers share nothing but the queue and the ledger, so work divides among as many as there are.",
    jobs=40,
    quick_jobs=12,
    bound_seconds=_BOUND_SECONDS * len(_STEPS),
    run=run,
    judge=judge,
    chart="seconds to drain",
    bars=lambda cases: [(case.name, case.seconds) for case in cases],
)
