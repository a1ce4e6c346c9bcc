"""poison: one message kills every worker that takes it."""

from job_contract import JobState

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, one_job, work

_BOUND_SECONDS = 180.0


def run(lab: Lab, size: Size) -> list[Case]:
    """The poison stands in the middle of harmless jobs."""
    poison = one_job(crashRate=1, sleepSeconds=0.2)
    half = size.jobs // 2
    triggers = [*work(half, sleepSeconds=0.2), poison, *work(size.jobs - half, sleepSeconds=0.2)]
    with lab.consumers(2, settings={"MAX_ATTEMPTS": 3}) as consumers:
        watch = Watch(lab, consumers, triggers, _BOUND_SECONDS).to_the_end()
        case = watch.case(f"1 poison among {size.jobs}")
    record = watch.known.get(poison.job_id)
    is_dead = record is not None and record.state is JobState.DEAD
    case.facts |= {
        "poisonIsDead": is_dead,
        "poisonAttempts": record.attempts if record else 0,
        "poisonReason": record.reason if record else "",
    }
    return [case]


def judge(cases: list[Case]) -> list[Check]:
    """Only the poison dies, after its attempts; everybody else succeeds."""
    (case,) = cases
    facts = case.facts
    return [
        *contract(cases),
        Check(
            text=f"the poison is dead after {facts['poisonAttempts']} attempts: {facts['poisonReason']}",
            ok=bool(facts["poisonIsDead"]) and facts["poisonAttempts"] == case.max_attempts,
        ),
        Check(
            text=f"the other {case.sent - 1} succeed ({case.succeeded} did)",
            ok=case.succeeded == case.sent - 1,
        ),
    ]


EXPERIMENT = Experiment(
    name="poison",
    expects=(
        "The job that kills its worker is dead-lettered after its attempts; the jobs beside it lose at most "
        "two attempts to it, then run apart from it, and succeed."
    ),
    why="A job whose workers vanished twice runs alone from then on: only the culprit uses up its attempts.",
    jobs=30,
    quick_jobs=10,
    bound_seconds=_BOUND_SECONDS,
    run=run,
    judge=judge,
    chart="runs, and consumers that died",
    bars=lambda cases: [
        ("runs", float(cases[0].attempts)),
        ("attempts lost with a worker", float(cases[0].lost_attempts)),
        ("consumers started again", float(cases[0].restarts)),
        ("dead", float(cases[0].dead)),
    ],
)
