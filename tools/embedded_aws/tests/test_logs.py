"""CloudWatch Logs: limits, filter patterns and query definitions, against stock moto."""

import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

HOUR_MS = 3_600_000


def new_group(aws: Any) -> str:
    name = f"/test/{uuid.uuid4().hex}"
    aws.client("logs").create_log_group(logGroupName=name)
    return name


def outcome(call: Any) -> str:
    """ "ok", or the error's code."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def put(aws: Any, events: list[tuple[int, str]]) -> str:
    """Put events given as (age in ms, message)."""
    logs, group, now = aws.client("logs"), new_group(aws), int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    batch = [{"timestamp": now - age, "message": message} for age, message in events]
    return outcome(lambda: logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=batch))


# Each: what fits, and what is just too much.
BATCHES = {
    "10,000 events": ([(0, "a")] * 10_000, [(0, "a")] * 10_001),
    "a mebibyte with 26 for each event": ([(0, "a" * (1_048_576 - 26))], [(0, "a" * (1_048_576 - 25))]),
    "bytes, not characters": ([(0, "a" * 600_000)], [(0, "é" * 600_000)]),
    "24 hours": ([(24 * HOUR_MS, "a"), (0, "b")], [(24 * HOUR_MS + 1, "a"), (0, "b")]),
}


@pytest.mark.parametrize("batch", BATCHES)
def test_a_batch_of_events_holds_no_more_than(embedded: Any, stock: Any, batch: str) -> None:
    fits, too_much = BATCHES[batch]
    assert put(embedded, fits) == "ok"
    assert put(embedded, too_much) == "InvalidParameterException"
    assert put(stock, too_much) == "ok"


def test_events_out_of_order_are_refused(embedded: Any) -> None:
    assert put(embedded, [(0, "late"), (1000, "early")]) == "InvalidParameterException"


def test_events_that_are_too_old_or_too_new_are_reported(embedded: Any) -> None:
    logs, group, now = embedded.client("logs"), new_group(embedded), int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    batch = [{"timestamp": now + hours * HOUR_MS, "message": "a"} for hours in (0, 3, 4)]
    answer = logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=batch)
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 1}


def test_events_past_the_retention_are_reported(embedded: Any) -> None:
    logs, group, now = embedded.client("logs"), new_group(embedded), int(time.time() * 1000)
    logs.put_retention_policy(logGroupName=group, retentionInDays=1)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    batch = [
        {"timestamp": now - 30 * HOUR_MS, "message": "a"},
        {"timestamp": now - 7 * HOUR_MS, "message": "b"},
    ]
    answer = logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=batch)
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}


@pytest.mark.parametrize("name", ["a:b", "a*", "a" * 513])
def test_stream_names_have_rules(embedded: Any, stock: Any, name: str) -> None:
    def create(aws: Any) -> str:
        group = new_group(aws)
        return outcome(lambda: aws.client("logs").create_log_stream(logGroupName=group, logStreamName=name))

    assert create(embedded) == "InvalidParameterException"
    assert create(stock) == "ok"


def test_streams_that_exist_or_are_missing_have_their_own_errors(embedded: Any) -> None:
    logs, group = embedded.client("logs"), new_group(embedded)
    stream = {"logGroupName": group, "logStreamName": "s"}
    event = {"timestamp": int(time.time() * 1000), "message": "a"}
    assert outcome(lambda: logs.put_log_events(**stream, logEvents=[event])) == "ResourceNotFoundException"
    assert outcome(lambda: logs.create_log_stream(**stream)) == "ok"
    assert outcome(lambda: logs.create_log_stream(**stream)) == "ResourceAlreadyExistsException"


def streams_created_at_once(aws: Any, wanted: int) -> tuple[int, int]:
    """How many of the streams wanted were created, and how many 50 a second came to meanwhile."""
    logs, group, created = aws.client("logs"), new_group(aws), 0
    started = time.monotonic()
    for number in range(wanted):
        stream = f"s{number}"
        created += outcome(lambda: logs.create_log_stream(logGroupName=group, logStreamName=stream)) == "ok"  # noqa: B023
    return created, int((time.monotonic() - started) * 50)


def test_streams_are_created_at_50_a_second(embedded: Any, stock: Any) -> None:
    created, came = streams_created_at_once(embedded, 300)
    assert created <= 51 + came
    # Stock moto refuses none, however slow this machine is.
    assert streams_created_at_once(stock, 150)[0] == 150
    time.sleep(0.3)  # leave some of the rate to the tests that follow


EVENTS = [
    {"jobId": "01A", "level": "INFO", "attempt": 1, "data": {"items": [{"n": 5}]}, "result": None},
    {"jobId": "01B", "level": "ERROR", "attempt": 2, "ok": True},
    {"jobId": "02C", "level": "ERROR", "attempt": 3, "ok": False},
]


@pytest.fixture(scope="module")
def groups(embedded: Any, stock: Any) -> dict[str, Any]:
    """The same events in a group of each server, two streams each."""
    found = {}
    for name, aws in (("embedded", embedded), ("stock", stock)):
        group, logs, now = new_group(aws), aws.client("logs"), int(time.time() * 1000)
        for stream, lines in (("2026/a", [*map(json.dumps, EVENTS)]), ("2027/b", ["plain ERROR 7.5 line"])):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            events = [{"timestamp": now + n, "message": line} for n, line in enumerate(lines)]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
        found[name] = (logs, group)
    return found


def matching(server: tuple[Any, str], pattern: str, **options: Any) -> list[str]:
    """The job ids (or "plain") of the events that match."""
    logs, group = server
    answer = logs.filter_log_events(logGroupName=group, filterPattern=pattern, **options)
    return [
        json.loads(event["message"])["jobId"] if event["message"].startswith("{") else "plain"
        for event in answer["events"]
    ]


@pytest.mark.parametrize(
    ("pattern", "jobs"),
    [
        ('{ $.jobId = "01B" }', ["01B"]),
        ('{ $.jobId = "01*" }', ["01A", "01B"]),
        ('{ $.jobId != "01B" }', ["01A", "02C"]),
        ("{ $.attempt >= 2 }", ["01B", "02C"]),
        ('{ $.level = "ERROR" && ($.attempt = 3 || $.jobId = "01A") }', ["02C"]),
        ("{ $.data.items[0].n = 5 }", ["01A"]),
        ("{ $.ok NOT EXISTS }", ["01A"]),
        ("{ $.ok IS TRUE }", ["01B"]),
        ("{ $.result IS NULL }", ["01A"]),
        ("{ $.jobId = %^01[AB]$% }", ["01A", "01B"]),
        ("7.5", ["plain"]),
        ("ERROR -plain", ["01B", "02C"]),
        ("?INFO ?plain", ["01A", "plain"]),
    ],
)
def test_filter_patterns(groups: Any, pattern: str, jobs: list[str]) -> None:
    assert sorted(matching(groups["embedded"], pattern)) == jobs
    assert len(matching(groups["stock"], pattern)) != len(jobs)


@pytest.mark.parametrize(
    ("pattern", "jobs"),
    [
        ("", ["01A", "01B", "02C", "plain"]),
        ("ERROR", ["01B", "02C", "plain"]),
        ('"ERROR 7.5"', ["plain"]),
        ("%0[12][AC]%", ["01A", "02C"]),
    ],
)
def test_terms_phrases_and_regular_expressions(groups: Any, pattern: str, jobs: list[str]) -> None:
    assert sorted(matching(groups["embedded"], pattern)) == jobs


def test_a_pattern_that_makes_no_sense_is_refused(groups: Any) -> None:
    with pytest.raises(ClientError, match="Invalid filter pattern"):
        matching(groups["embedded"], "{ $.jobId = }")


def test_streams_can_be_chosen_by_prefix(groups: Any) -> None:
    assert matching(groups["embedded"], "", logStreamNamePrefix="2027/") == ["plain"]
    assert len(matching(groups["stock"], "", logStreamNamePrefix="2027/")) == 4


def test_pages_together_hold_every_event(groups: Any) -> None:
    logs, group = groups["embedded"]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, PaginationConfig={"PageSize": 1}
    )
    assert sum(len(page["events"]) for page in pages) == 4


def test_streams_are_listed_in_pages(groups: Any) -> None:
    logs, group = groups["embedded"]
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, PaginationConfig={"PageSize": 1}
    )
    assert [one["logStreamName"] for page in pages for one in page["logStreams"]] == ["2026/a", "2027/b"]


def test_query_definitions_are_kept(embedded: Any) -> None:
    logs = embedded.client("logs")
    name = f"q-{uuid.uuid4().hex}"
    given = {"name": name, "queryString": "fields @message", "logGroupNames": ["/a"]}
    definition_id = logs.put_query_definition(**given)["queryDefinitionId"]
    logs.put_query_definition(**{**given, "queryString": "fields jobId"}, queryDefinitionId=definition_id)
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]
    assert (found["queryDefinitionId"], found["queryString"]) == (definition_id, "fields jobId")
    assert logs.delete_query_definition(queryDefinitionId=definition_id)["success"]
    assert logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"] == []


def test_stock_moto_has_no_query_definitions(stock: Any) -> None:
    with pytest.raises(ClientError):
        stock.client("logs").describe_query_definitions()
