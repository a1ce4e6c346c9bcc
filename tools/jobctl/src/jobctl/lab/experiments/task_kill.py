"""task-kill: consumers die in the middle of their work."""

from job_contract import JobState, LedgerRecord

from jobctl.lab.chart import thinned
from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 180.0
_KILLS = (0.1, 0.4, 0.7)  # once so much of the work is done


def run(lab: Lab, size: Size) -> list[Case]:
    """Two consumers; one of them is killed at each tenth, fourth tenth and seventh tenth of the work."""
    due = [share * size.jobs for share in _KILLS]
    seconds = 1 if lab.is_local else 10
    with lab.consumers(2) as consumers:
        watch = Watch(lab, consumers, work(size.jobs, sleepSeconds=seconds), _BOUND_SECONDS)

        def kill_when_due(records: dict[str, LedgerRecord]) -> None:
            done = sum(record.state is JobState.SUCCEEDED for record in records.values())
            if due and done >= due[0]:
                due.pop(0)
                consumers.kill_one()

        watch.to_the_end(kill_when_due)
        return [watch.case(f"2 consumers, {len(_KILLS) - len(due)} kills", killed=len(_KILLS) - len(due))]


def judge(cases: list[Case]) -> list[Check]:
    """What the dead held runs again; nothing is lost or decided twice."""
    (case,) = cases
    killed = int(case.facts["killed"])
    return [
        *contract(cases),
        all_succeeded(case),
        Check(text=f"{killed} consumers were killed, {len(_KILLS)} wanted", ok=killed == len(_KILLS)),
        Check(
            text=f"{case.lost_attempts} attempts died with their consumers, {case.attempts} runs in all",
            # ECS asks a task to stop before it kills it, and then it hands its jobs back.
            ok=case.attempts == case.sent + case.lost_attempts or not case.lost_attempts,
            by_chance=True,
        ),
    ]


EXPERIMENT = Experiment(
    name="task-kill",
    expects=(
        "Jobs that a killed consumer had in hand are delivered again when their visibility ends, run again "
        "and succeed; every job has one outcome."
    ),
    why="A message is deleted last, and a dead worker's lease ends with the message's visibility.",
    jobs=60,
    quick_jobs=24,
    bound_seconds=_BOUND_SECONDS,
    run=run,
    judge=judge,
    chart="jobs not ended, by time",
    bars=lambda cases: thinned(cases[0].backlog),
)
