"""clock-midnight: a job begins before midnight UTC, fails, and is retried after it.

The consumer's clock is moved, in its process alone, to shortly before the last midnight, and jumps over it
while the first attempt runs.
"""

import time
from datetime import UTC, datetime

from job_contract import LedgerRecord, stream_name
from ulid import ULID

from jobctl.lab.experiment import Case, Check, Experiment, Size
from jobctl.lab.judging import all_succeeded, contract
from jobctl.lab.place import Lab
from jobctl.lab.watching import Watch, one_job

_BOUND_SECONDS = 120.0
_DAY_SECONDS = 86_400
_BEFORE_SECONDS = 60.0
_AFTER_SECONDS = 5.0
# Long enough that the jump comes before the first attempt has ended.
_WORK_SECONDS = 3


def run(lab: Lab, size: Size) -> list[Case]:
    """The jobs' ids are of the evening, too: the producer sent them then."""
    midnight = time.time() // _DAY_SECONDS * _DAY_SECONDS
    ids = [str(ULID.from_timestamp(midnight - _BEFORE_SECONDS)) for _ in range(size.jobs)]
    triggers = [one_job(job_id, sleepSeconds=_WORK_SECONDS, failAttempts=1) for job_id in ids]
    jumped: list[float] = []
    with lab.consumers(1, settings={"MOVED_CLOCK": "on", "RETRY_BASE_SECONDS": 2}) as consumers:
        consumers.jump_clock(midnight - _BEFORE_SECONDS)
        watch = Watch(lab, consumers, triggers, _BOUND_SECONDS)

        def jump(records: dict[str, LedgerRecord]) -> None:
            if not jumped and len(records) == len(ids):
                consumers.jump_clock(midnight + _AFTER_SECONDS)
                jumped.append(midnight)

        watch.to_the_end(jump)
    case = watch.case("midnight between attempts")
    case.facts |= _streams(lab, ids, midnight)
    return [case]


def _streams(lab: Lab, ids: list[str], midnight: float) -> dict[str, object]:
    evening = lab.streams(f"job-streams/{_date(midnight - 1)}/")
    morning = lab.streams(f"job-streams/{_date(midnight)}/")
    mine = {each: evening.get(stream_name(each), []) for each in ids}
    return {
        "streamsOfTheEvening": sum(bool(times) for times in mine.values()),
        "streamsOfTheMorning": sum(name.endswith(each) for name in morning for each in ids),
        "linesBefore": sum(each < midnight * 1000 for times in mine.values() for each in times),
        "linesAfter": sum(each >= midnight * 1000 for times in mine.values() for each in times),
    }


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def judge(cases: list[Case]) -> list[Check]:
    """One stream a job, of the job id's date, with the lines of both days."""
    (case,) = cases
    facts = case.facts
    evening, morning = facts["streamsOfTheEvening"], facts["streamsOfTheMorning"]
    before, after = facts["linesBefore"], facts["linesAfter"]
    return [
        *contract(cases),
        all_succeeded(case),
        Check(
            text=f"each job ran twice ({case.attempts} runs of {case.sent})",
            ok=case.attempts == 2 * case.sent,
        ),
        Check(
            text=f"{evening} streams of the evening, {morning} of the morning",
            ok=evening == case.sent and morning == 0,
        ),
        Check(
            text=f"in them {before} lines of before midnight, {after} of after", ok=before > 0 and after > 0
        ),
    ]


EXPERIMENT = Experiment(
    name="clock-midnight",
    expects="The retry writes to the first attempt's stream, which is the evening's; the morning has none.",
    why="A stream's date is the job id's own date, whenever an attempt runs.",
    jobs=3,
    quick_jobs=2,
    bound_seconds=_BOUND_SECONDS,
    run=run,
    judge=judge,
    chart="log lines in the jobs' streams",
    bars=lambda cases: [
        ("before midnight", float(cases[0].facts["linesBefore"])),
        ("after midnight", float(cases[0].facts["linesAfter"])),
    ],
    local_only=True,
)
