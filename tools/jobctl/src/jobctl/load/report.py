"""The shape of `report.json`; the README of jobctl says what each part means."""

import msgspec

from jobctl.load.observer import Sample

SCHEMA_VERSION = 1


class Part(msgspec.Struct, rename="camel"):
    """What all parts have in common: keys in camelCase, as everywhere in jobctl's JSON."""


class Asked(Part):
    """What was asked for; `rate_per_second` is the mean of the whole schedule."""

    scenario: str
    count: int
    rate_per_second: float
    job_type: str
    environment: str
    target: str
    region: str


class Accounting(Part):
    """sent = succeeded + dead + unfinished + missing.

    `dead` includes `rejected_triggers`, by which main_job's dead-letter queue has grown. `missing` have not
    ended, and the queues were empty for long.
    """

    wanted: int
    sent: int
    send_failed: int
    not_sent: int
    succeeded: int
    dead: int
    rejected_triggers: int
    unfinished: int
    missing: int
    decided_twice: int
    attempts: int
    retried_jobs: int
    lost_attempts: int
    dead_reasons: dict[str, int]
    send_failures: dict[str, int]


class Bin(Part):
    """How many are above the bin before and at most `up_to_ms`."""

    up_to_ms: int
    count: int


class Distribution(Part):
    """Percentiles by nearest rank, of `count` jobs."""

    count: int
    mean_ms: float
    p50_ms: int
    p90_ms: int
    p95_ms: int
    p99_ms: int
    max_ms: int
    bins: list[Bin]


class Throughput(Part):
    """Jobs a second. `completed_per_second`: jobs that ended, from the first send to the last end."""

    sent_per_second: float
    completed_per_second: float
    sending_seconds: float
    drain_seconds: float


class Second(Part):
    """Rates in an interval of `Report.interval_seconds` that begins at `at_seconds`."""

    at_seconds: float
    due_per_second: float
    sent_per_second: float
    completed_per_second: float


class Service(Part):
    """What runs: an image by its digest, and its settings that are not secret."""

    name: str
    task_definition: str
    image: str
    cpu_units: int
    memory_mb: int
    desired_tasks: int
    environment: dict[str, str]


class CostLine(Part):
    """US dollars for 1,000 jobs that ended; `basis` says whether the amount is counted or calculated."""

    what: str
    amount: float
    unit: str
    price_usd: float
    usd: float
    basis: str
    source: str


class Cost(Part):
    """Of 1,000 jobs, before discounts, free allowances and tax."""

    per_1000_jobs_usd: float
    lines: list[CostLine]
    prices_collected: str
    prices_region: str
    left_out: list[str]


class Change(Part):
    """A figure beside the baseline's; `change_percent` is None where the baseline's is 0."""

    what: str
    unit: str
    baseline: float
    now: float
    change_percent: float | None
    verdict: str


class Comparison(Part):
    """`regressions`: what is worse by more than the tolerance."""

    baseline_file: str
    baseline_started_at: str
    tolerance_percent: float
    changes: list[Change]
    regressions: list[str]
    notes: list[str]


class Outcome(Part):
    """`verdict`: complete, unfinished, lost, not_sent or interrupted; `sentence` says it for people."""

    verdict: str
    sentence: str
    notes: list[str]


class Report(Part):
    """One load test. Times of jobs are the services' clocks, those of sending this machine's."""

    schema_version: int
    started_at: str
    ended_at: str
    asked: Asked
    outcome: Outcome
    accounting: Accounting
    throughput: Throughput
    sender_lag: Distribution
    trigger_stage: Distribution
    queue_wait: Distribution
    handler_time: Distribution
    end_to_end: Distribution
    interval_seconds: float
    rates: list[Second]
    samples: list[Sample]
    api_calls: dict[str, int]
    cost: Cost
    services: list[Service]
    comparison: Comparison | None = None
