"""duplicates: a producer that repeats itself."""

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 120.0
_COPIES = 5


def run(lab: Lab, size: Size) -> list[Case]:
    """Each trigger, with a job id of its own, is sent several times over."""
    triggers = work(size.jobs, sleepSeconds=0.2)
    with lab.consumers(2) as consumers:
        watch = Watch(lab, consumers, triggers * _COPIES, _BOUND_SECONDS).to_the_end()
        return [watch.case(f"{size.jobs} triggers, {_COPIES} times each", copies=_COPIES)]


def judge(cases: list[Case]) -> list[Check]:
    """One job each."""
    (case,) = cases
    copies = int(case.facts["copies"])
    checks = [*contract(cases), all_succeeded(case)]
    text = f"{case.sent * copies} triggers make {case.sent} jobs, each run once ({case.attempts} runs)"
    checks.append(Check(text=text, ok=case.attempts == case.sent))
    if case.delivered_again is not None:
        text = f"the copies did arrive: {case.delivered_again} deliveries beyond the first"
        checks.append(Check(text=text, ok=case.delivered_again >= case.sent * (copies - 1)))
    return checks


EXPERIMENT = Experiment(
    name="duplicates",
    expects="The same trigger sent five times is one job: it runs once, and its copies are deleted.",
    why="A trigger brings its job id; the ledger lets one attempt at a time have it, and none after success.",
    jobs=20,
    quick_jobs=6,
    bound_seconds=_BOUND_SECONDS,
    run=run,
    judge=judge,
    chart="deliveries and runs",
    bars=lambda cases: [
        ("deliveries", float(cases[0].sent + (cases[0].delivered_again or 0))),
        ("runs", float(cases[0].attempts)),
        ("outcomes", float(cases[0].succeeded + cases[0].dead)),
    ],
)
