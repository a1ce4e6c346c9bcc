"""1,000 requests while SQS fails at times: what was accepted is stored once, by our own services."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from contract_processes import ended_at_the_end, wait_for_start
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_world import Aws, World
from embedded_aws.fault_proxy import (
    Behaviour,
    Fault,
    Forward,
    Request,
    Response,
    cut_after,
    cut_before,
    refuse,
    slow,
)
from intake_world import PAYLOAD, TOKEN, Api, IntakeWorld, wait_until

REQUESTS = 1_000
CLIENTS = 16


class LoadedWorld(IntakeWorld):
    """The API puts its triggers onto the queue of a main_job."""

    def __init__(self, aws: Aws, session: boto3.Session, folder: Path) -> None:
        super().__init__(aws.endpoint, session, folder)
        self.aws = aws
        self.queues = World(aws)
        self.queue_url = self.queues.triggers.url

    def stored(self) -> dict[str, Any]:
        """The objects in the bucket by job id; fails when a job has two."""
        pages = self.aws.s3.get_paginator("list_objects_v2").paginate(Bucket=self.aws.bucket)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        objects = {key.partition("/")[0]: self.aws.result(f"s3://{self.aws.bucket}/{key}") for key in keys}
        assert len(objects) == len(keys)
        return objects


@pytest.fixture
def loaded(aws_endpoint: str, aws_session: boto3.Session, tmp_path: Path) -> Iterator[LoadedWorld]:
    aws = Aws(aws_endpoint)
    aws.table, aws.bucket = "http-intake-ledger", "http-intake-results-111122223333"
    aws.job_log_group, aws.custom_log_group = "/ecs/http-intake/background-job", "/ecs/http-intake/custom"
    aws.make_stores()
    made = LoadedWorld(aws, aws_session, tmp_path)
    with made.proxy, ended_at_the_end() as note:
        services = Services(tmp_path, note)
        for module in (MAIN_JOB, BACKGROUND_JOB):
            settings = {"CONCURRENCY": 10, "MAX_IN_FLIGHT": 40, "LOG_STREAMS_PER_SECOND": 40}
            wait_for_start(services.start(module, environment(made.queues, module, settings=settings)))
        yield made
        made.close()


# How SQS fails, and how often; with these, some requests fail three times, which is all that are made.
FAILURES: tuple[tuple[Behaviour, float], ...] = (
    (refuse("ThrottlingException"), 0.15),
    (refuse("ServiceUnavailable", status=503), 0.1),
    (cut_before, 0.1),
    (cut_after, 0.1),
    (slow(0.1), 0.05),
)


def at_times() -> Behaviour:
    """Half of the calls are as they should be."""
    draw = random.Random(7)

    def behave(request: Request, forward: Forward) -> Response | None:
        behaviours, rates = zip(*FAILURES, strict=True)
        well: Behaviour = lambda request, forward: forward(request)  # noqa: E731
        (chosen,) = draw.choices((*behaviours, well), (*rates, 1 - sum(rates)))
        answer: Response | None = chosen(request, forward)
        return answer

    return behave


def press(api: Api) -> dict[int, requests.Response]:
    """Each request once, by number; a client that is refused does not come again."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = pool.map(lambda number: api.post(PAYLOAD | {"number": number}), range(REQUESTS))
        return dict(enumerate(answers))


def test_what_was_accepted_is_stored_once_whatever_sqs_does(
    loaded: LoadedWorld, record_property: Any
) -> None:
    api = loaded.start()
    loaded.proxy.add(Fault("SendMessage", at_times()))

    answers = press(api)
    loaded.proxy.clear()
    queues = loaded.queues
    wait_until(lambda: queues.triggers.is_empty() and queues.jobs.is_empty(), seconds=240)

    accepted = {
        answer.headers["Job-Id"]: number for number, answer in answers.items() if answer.status_code == 200
    }
    stored = loaded.stored()
    assert {answer.status_code for answer in answers.values()} == {200, 503}
    assert len(accepted) > REQUESTS / 2
    assert set(accepted) <= set(stored)
    assert all(stored[job_id]["data"]["number"] == number for job_id, number in accepted.items())
    # More than the accepted only where SQS had it and its answer was lost, three times: the client heard 503.
    unheard = {stored[job_id]["data"]["number"] for job_id in set(stored) - set(accepted)}
    assert all(answers[number].status_code == 503 for number in unheard)
    assert queues.triggers.take_dead_letters() == queues.jobs.take_dead_letters() == []
    assert TOKEN not in json.dumps(stored) + loaded.output()
    calls = loaded.proxy.calls["SendMessage"]
    record_property("load", f"{len(accepted)} of {REQUESTS} accepted, {len(stored)} stored, {calls} calls")
