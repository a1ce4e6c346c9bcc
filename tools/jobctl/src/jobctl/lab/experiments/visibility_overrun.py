"""visibility-overrun: work that takes twice the visibility timeout, with and without what protects it."""

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import accounted, all_succeeded, decided_once, delivered_once
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, work

_BOUND_SECONDS = 120.0
# Without both, a job that outlives its visibility never leaves the queue: this case always takes so long.
_NEITHER_SECONDS = 25.0
_VISIBILITY_SECONDS = 5
_ON, _NO_HEARTBEAT, _NEITHER = "heartbeat on", "heartbeat off", "heartbeat and ledger off"
_BEAT_OFF = f"no-heartbeat={_VISIBILITY_SECONDS}"
_CASES = {_ON: (), _NO_HEARTBEAT: (_BEAT_OFF,), _NEITHER: (_BEAT_OFF, "no-idempotency")}


def run(lab: Lab, size: Size) -> list[Case]:
    """One case for each kind of protection that is taken away."""
    settings = {"VISIBILITY_TIMEOUT_SECONDS": _VISIBILITY_SECONDS, "MAX_ATTEMPTS": 3}
    seconds = 8 if size.quick else 10
    cases = []
    for name, faults in _CASES.items():
        with lab.consumers(2, settings=settings, faults=faults) as consumers:
            bound_seconds = _NEITHER_SECONDS if name == _NEITHER else _BOUND_SECONDS
            watch = Watch(lab, consumers, work(size.jobs, sleepSeconds=seconds), bound_seconds)
            cases.append(
                watch.to_the_end().case(name, visibilitySeconds=_VISIBILITY_SECONDS, workSeconds=seconds)
            )
    return cases


def judge(cases: list[Case]) -> list[Check]:
    """Only the heartbeat spares second runs; only the ledger keeps an outcome from being decided twice."""
    on, off, neither = cases
    checks = [check for case in (on, off) for check in (*accounted(case), *decided_once(case))]
    checks += [all_succeeded(on), *delivered_once(on)]
    checks += [
        Check(
            text=f"{off.name}: jobs are delivered again ({off.delivered_again}) and run again "
            f"({off.attempts - off.sent}), so the heartbeat spares it",
            ok=bool(off.delivered_again) and off.attempts > off.sent,
        ),
        Check(
            text=f"{neither.name}: {neither.decided_again} outcomes decided again: the ledger spares it",
            ok=bool(neither.decided_again),
        ),
    ]
    return checks


EXPERIMENT = Experiment(
    name="visibility-overrun",
    expects=(
        "Visibility 5 s, work 10 s. With the heartbeat no job is delivered twice. Without it jobs are "
        "delivered and run again, and yet each has one outcome. Without the ledger as well, outcomes are "
        "decided again and again: such a job may never leave the queue."
    ),
    why=(
        "SQS hands a message out again when its visibility ends; the heartbeat extends it while the worker "
        "lives. The ledger's conditional writes let only the newest attempt decide."
    ),
    jobs=4,
    quick_jobs=2,
    bound_seconds=2 * _BOUND_SECONDS + _NEITHER_SECONDS,
    run=run,
    judge=judge,
    chart="second deliveries, and outcomes decided again",
    bars=lambda cases: [
        bar
        for case in cases
        for bar in (
            (f"{case.name}: delivered again", float(case.delivered_again or 0)),
            (f"{case.name}: decided again", float(case.decided_again or 0)),
        )
    ],
    local_only=True,
)
