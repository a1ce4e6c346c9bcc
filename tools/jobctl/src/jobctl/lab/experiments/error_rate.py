"""error-rate: one attempt in five fails."""

from math import sqrt

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 180.0
_RATE = 0.2
_LOCAL_ATTEMPTS = (3, 1)
# So many standard deviations are luck: one run in two million is further off.
_SIGMAS = 5


def run(lab: Lab, size: Size) -> list[Case]:
    """One case for each number of attempts; an environment has its own."""
    cases = []
    for attempts in _LOCAL_ATTEMPTS if lab.is_local else (0,):
        with lab.consumers(2, settings={"MAX_ATTEMPTS": attempts, "CONCURRENCY": 4}) as consumers:
            watch = Watch(lab, consumers, work(size.jobs, failRate=_RATE), _BOUND_SECONDS)
            name = f"20 % errors, {consumers.max_attempts} attempts"
            cases.append(watch.to_the_end().case(name.replace(" 1 attempts", " 1 attempt")))
    return cases


def judge(cases: list[Case]) -> list[Check]:
    """Retries and dead letters as the rate and the attempts make them, and nothing lost."""
    return contract(cases) + [check for case in cases for check in _figures(case)]


def _figures(case: Case) -> list[Check]:
    name, most = case.name, case.max_attempts
    dead_share = _RATE**most
    expected_attempts = case.sent * (1 - dead_share) / (1 - _RATE)
    # A job's attempts are geometric, cut off: their variance is below that of the whole.
    luck_attempts = _SIGMAS * sqrt(case.sent * _RATE) / (1 - _RATE)
    expected_dead = case.sent * dead_share
    luck_dead = _SIGMAS * sqrt(case.sent * dead_share * (1 - dead_share)) + 1
    return [
        Check(
            text=f"{name}: no job has more than {most} (the most is {case.most_attempts})",
            ok=case.most_attempts <= most,
        ),
        Check(
            text=f"{name}: {case.attempts} runs, {expected_attempts:.0f} +- {luck_attempts:.0f} expected",
            ok=abs(case.attempts - expected_attempts) <= luck_attempts,
            by_chance=True,
        ),
        Check(
            text=f"{name}: {case.dead} dead, {expected_dead:.1f} +- {luck_dead:.0f} expected",
            ok=abs(case.dead - expected_dead) <= luck_dead,
            by_chance=True,
        ),
    ]


EXPERIMENT = Experiment(
    name="error-rate",
    expects=(
        "20 % of attempts fail. With 3 attempts 0.8 % of the jobs die (0.2 to the power of 3), and a job "
        "takes 1.24 runs; with 1 attempt 20 % die."
    ),
    why="A failed attempt is repeated after a growing delay; when none is left the job is dead-lettered.",
    jobs=200,
    quick_jobs=40,
    bound_seconds=_BOUND_SECONDS * len(_LOCAL_ATTEMPTS),
    run=run,
    judge=judge,
    chart="second runs, and dead letters",
    bars=lambda cases: [
        bar
        for case in cases
        for bar in (
            (f"{case.name}: second runs", float(case.attempts - case.sent)),
            (f"{case.name}: dead letters", float(case.letters)),
        )
    ],
)
