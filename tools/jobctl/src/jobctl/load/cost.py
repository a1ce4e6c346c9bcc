"""What 1,000 jobs cost: tasks as they were counted, requests as the design makes them. Not a bill."""

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jobctl.load.observer import Sample
from jobctl.load.report import Accounting, Cost, CostLine, Service

_LEFT_OUT = [
    "log lines (by their bytes)",
    "KMS requests",
    "traffic through a NAT gateway or endpoints",
    "Spot's discount",
    "what runs without load: alarms, keys, addresses",
]
_CPU_UNITS = 1024
_MB = 1024
_SECONDS_AN_HOUR = 3600
# Triggers: receive, send, delete. Jobs: receive, delete. A message a call; full batches need a tenth of it.
_SQS_CALLS_PER_JOB, _SQS_CALLS_PER_RETRY = 5, 2
# The claim and the outcome. What renews leases of long jobs is not counted.
_WRITES_PER_ATTEMPT = 2

# What, how much of it in the whole run, its unit, the price's name, how that is known.
Amount = tuple[str, float, str, str, str]


def cost_of(
    found: Accounting, samples: Sequence[Sample], services: Sequence[Service], send_calls: int
) -> Cost:
    """Of the jobs that ended; of none, all amounts are 0."""
    prices: dict[str, Any] = tomllib.loads(files("jobctl.load").joinpath("prices.toml").read_text())
    ended = found.succeeded + found.dead - found.rejected_triggers
    lines = [
        _line(prices, ended, each) for each in (*_tasks(samples, services), *_requests(found, send_calls))
    ]
    return Cost(
        per_1000_jobs_usd=round(sum(line.usd for line in lines), 6),
        lines=lines,
        prices_collected=prices["collected"],
        prices_region=prices["region"],
        left_out=_LEFT_OUT,
    )


def _tasks(samples: Sequence[Sample], services: Sequence[Service]) -> list[Amount]:
    seconds = dict(
        zip(
            ("main_job", "background_job"),
            (_task_seconds(samples, "main_job_tasks"), _task_seconds(samples, "background_job_tasks")),
            strict=True,
        )
    )
    vcpu = sum(seconds[each.name] * each.cpu_units / _CPU_UNITS for each in services) / _SECONDS_AN_HOUR
    memory = sum(seconds[each.name] * each.memory_mb / _MB for each in services) / _SECONDS_AN_HOUR
    basis = "running tasks, sampled about once a second"
    return [
        ("Fargate, processors", vcpu, "vCPU hours", "fargate_vcpu_hour", basis),
        ("Fargate, memory", memory, "GB hours", "fargate_gb_hour", basis),
    ]


def _task_seconds(samples: Sequence[Sample], count: str) -> float:
    """The area under the samples; the first of a pair holds until the second."""
    area = 0.0
    for one, two in pairwise(samples):
        area += max(0, int(getattr(one, count))) * (two.at_seconds - one.at_seconds)
    return area


def _requests(found: Accounting, send_calls: int) -> list[Amount]:
    retries = max(0, found.attempts - found.succeeded - found.dead + found.rejected_triggers)
    sqs = found.sent * _SQS_CALLS_PER_JOB + retries * _SQS_CALLS_PER_RETRY
    return [
        ("SQS, sending this load", send_calls, "requests", "sqs_request", "counted"),
        (
            "SQS, the services",
            sqs,
            "requests",
            "sqs_request",
            "at most: a message a call; a tenth in full batches",
        ),
        ("Ledger", found.attempts * _WRITES_PER_ATTEMPT, "writes", "dynamodb_write", "two an attempt"),
        ("Results", found.succeeded, "objects", "s3_put", "one a success"),
    ]


def _line(prices: dict[str, Any], ended: int, of_all: Amount) -> CostLine:
    what, amount, unit, name, basis = of_all
    price = prices["price"][name]
    per_1000 = amount * 1000 / ended if ended else 0.0
    return CostLine(
        what=what,
        amount=round(per_1000, 6),
        unit=unit,
        price_usd=price["usd"],
        usd=round(per_1000 * price["usd"], 8),
        basis=basis,
        source=price["source"],
    )
