"""Rules that hold without a queue: batches, delays, settings, dead letters, lines, signs of life."""

import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from queue_worker import (
    EnvReader,
    Message,
    Metrics,
    SettingsError,
    Unavailable,
    WorkerSettings,
    configure_logging,
)
from queue_worker.batches import MAX_BATCH_BYTES, MAX_BATCH_ENTRIES, batches, message_bytes
from queue_worker.dead_letter import dead_letter, sendable_text
from queue_worker.log import JsonFormatter
from queue_worker.retry import backoff_seconds
from queue_worker.sign_of_life import beat, problem
from queue_worker.visibility import renew_leases

NEEDED = {"QUEUE_URL": "https://sqs.test/1/q", "DEAD_LETTER_QUEUE_URL": "https://sqs.test/1/q-dlq"}


@given(st.lists(st.integers(0, MAX_BATCH_BYTES), max_size=60))
def test_batches_keep_order_and_both_limits(sizes: list[int]) -> None:
    made = list(batches(sizes, lambda size: size))
    assert [size for batch in made for size in batch] == sizes
    assert all(len(batch) <= MAX_BATCH_ENTRIES and sum(batch) <= MAX_BATCH_BYTES for batch in made)


@given(st.lists(st.integers(0, MAX_BATCH_BYTES), min_size=2, max_size=60))
def test_no_batch_could_have_taken_the_next_entry_too(sizes: list[int]) -> None:
    made = list(batches(sizes, lambda size: size))
    for batch, following in pairwise(made):
        assert len(batch) == MAX_BATCH_ENTRIES or sum(batch) + following[0] > MAX_BATCH_BYTES


@given(st.text(), st.text())
def test_a_messages_size_counts_bytes_not_characters(body: str, value: str) -> None:
    body, value = (text.encode(errors="replace").decode() for text in (body, value))
    attributes = {"n": {"DataType": "String", "StringValue": value}}
    assert message_bytes(body, attributes) == len(body.encode()) + len("n" + "String") + len(value.encode())


@given(st.integers(1, 10_000), st.floats(0.1, 60), st.floats(60, 43_200))
def test_delays_stay_between_half_and_all_of_the_growing_bound(attempt: int, base: float, cap: float) -> None:
    delay = backoff_seconds(attempt, base_seconds=base, cap_seconds=cap)
    whole = min(cap, base * 2.0 ** min(attempt - 1, 32))
    assert whole / 2 <= delay <= whole


@given(st.integers(1, 100))
def test_the_bound_of_a_delay_never_shrinks(attempt: int) -> None:
    def longest(_: float, high: float) -> float:
        return high

    first = backoff_seconds(attempt, base_seconds=5, cap_seconds=900, uniform=longest)
    assert first <= backoff_seconds(attempt + 1, base_seconds=5, cap_seconds=900, uniform=longest)


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"QUEUE_URL": ""}, "QUEUE_URL is None; it must be a URL with http or https."),
        ({"QUEUE_URL": "q"}, "QUEUE_URL is 'q'; it must be a URL with http or https."),
        ({"CONCURRENCY": "0"}, "CONCURRENCY is '0'; it must be a whole number from 1 to 256."),
        ({"CONCURRENCY": "two"}, "CONCURRENCY is 'two'; it must be a whole number from 1 to 256."),
        (
            {"HEARTBEAT_SECONDS": "nan"},
            "HEARTBEAT_SECONDS is 'nan'; it must be a number from 0.1 to 43200.",
        ),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is 'loud'; it must be one of DEBUG, INFO, WARNING, ERROR."),
        (
            {"HEARTBEAT_SECONDS": "16"},
            "HEARTBEAT_SECONDS is 16; it must be at most half of VISIBILITY_TIMEOUT_SECONDS (30), "
            "so that one beat may fail.",
        ),
        (
            {"DRAIN_TIMEOUT_SECONDS": "25"},
            "DRAIN_TIMEOUT_SECONDS is 25; it must exceed WAIT_TIME_SECONDS (20) by more than 5, "
            "for a long poll that is out cannot be cut short without losing sight of messages.",
        ),
        (
            {"MAX_IN_FLIGHT": "3", "CONCURRENCY": "4"},
            "MAX_IN_FLIGHT is 3; it must be at least CONCURRENCY (4).",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence(env: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as raised:
        WorkerSettings.from_env({**NEEDED, **env})
    assert raised.value.reason == sentence


def test_settings_have_working_defaults() -> None:
    settings = WorkerSettings.from_env(NEEDED)
    assert (settings.visibility_timeout_seconds, settings.heartbeat_seconds) == (30, 10)
    assert settings.max_in_flight == settings.concurrency == 10


def test_a_missing_text_names_its_variable() -> None:
    with pytest.raises(SettingsError, match="LEDGER_TABLE is not set"):
        EnvReader({}).text("LEDGER_TABLE")


def a_message(body: str = "b", **raw_attributes: Any) -> Message:
    return Message(
        message_id="m-1",
        body=body,
        receipt_handle="r",
        attributes={},
        raw_attributes=raw_attributes,
        receive_count=1,
        sent_at_ms=0,
        visibility_timeout_seconds=30,
    )


def test_a_dead_letter_keeps_binary_attributes_and_leaves_out_what_cannot_be_sent() -> None:
    blob = {"DataType": "Binary", "BinaryValue": b"\x01", "StringListValues": []}
    letter = dead_letter(a_message(blob=blob), "why", {}, max_bytes=10_000)
    assert letter is not None
    assert letter.attributes["blob"] == {"DataType": "Binary", "BinaryValue": b"\x01"}


def test_a_dead_letter_that_has_no_room_for_its_reason_is_none() -> None:
    full: dict[str, Any] = {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(8)}
    assert dead_letter(a_message(**full), "why", {}, max_bytes=10_000) is None
    assert dead_letter(a_message("x" * 1000), "why", {}, max_bytes=1024) is None


@given(st.text())
def test_a_reason_is_always_sendable(reason: str) -> None:
    assert all(
        character in "\t\n\r" or " " <= character <= "\ud7ff" or character >= "\ue000"
        for character in sendable_text(reason)
    )


def test_metrics_are_emf_lines_of_at_most_a_hundred_values() -> None:
    stream = io.StringIO()
    metrics = Metrics(namespace="ns", service="svc", stream=stream)
    for number in range(250):
        metrics.observe("HandlerMs", number)
    metrics.count("Received", 3)
    metrics.flush()
    metrics.flush()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [len(line["HandlerMs"]) for line in lines] == [100, 100, 50]
    assert sum(line.get("Received", 0) for line in lines) == 3
    described = lines[0]["_aws"]["CloudWatchMetrics"][0]
    assert described["Namespace"] == "ns"
    assert described["Dimensions"] == [["Service"]]
    assert {"Name": "Received", "Unit": "Count"} in described["Metrics"]
    assert {"Name": "HandlerMs", "Unit": "Milliseconds"} in described["Metrics"]


def test_metrics_of_many_threads_are_all_counted() -> None:
    stream = io.StringIO()
    metrics = Metrics(namespace="ns", service="svc", stream=stream)

    def count() -> None:
        for _ in range(1000):
            metrics.count("Received")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    metrics.flush()
    assert json.loads(stream.getvalue())["Received"] == 8000


def test_a_log_line_is_json_with_its_fields_and_its_exception() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        configure_logging(service="svc", stream=stream)
        try:
            int("odd")
        except ValueError:
            logging.getLogger("x").exception(
                "job failed", extra={"jobId": "J", "odd": object(), "half": "\ud83d"}
            )
    finally:
        root.handlers[:], root.level = before
    line = json.loads(stream.getvalue())
    assert (line["message"], line["jobId"], line["service"], line["level"]) == (
        "job failed",
        "J",
        "svc",
        "ERROR",
    )
    assert "ValueError: invalid literal" in line["exception"]


@pytest.mark.parametrize(
    ("error", "reason", "with_trace"),
    [(Unavailable("The ledger is away."), "The ledger is away.", False), (OSError("odd"), None, True)],
)
def test_a_lease_that_is_not_renewed_is_told_of_by_its_reason_or_its_trace(
    caplog: pytest.LogCaptureFixture, error: Exception, reason: str | None, with_trace: bool
) -> None:
    message = a_message()

    def renew(_: int) -> None:
        raise error

    message.keep_alive(renew)
    renew_leases(message)
    (record,) = caplog.records
    assert record.getMessage() == "lease not renewed"
    assert vars(record).get("reason") == reason
    assert bool(record.exc_info) is with_trace
    assert not message.lease_lost


@pytest.mark.parametrize(
    ("created", "shown"),
    [(1_795_916_837.0, "2026-11-29T01:47:17.000Z"), (1_795_916_837.0625, "2026-11-29T01:47:17.062Z")],
)
def test_a_log_line_carries_its_time_in_utc_with_milliseconds(created: float, shown: str) -> None:
    record = logging.makeLogRecord({"created": created, "msecs": created % 1 * 1000})
    assert json.loads(JsonFormatter("svc").format(record))["timestamp"] == shown


def test_the_health_check_tells_a_fresh_sign_of_life_from_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "health"
    assert problem(path).startswith("No sign of life in")
    beat(path)
    assert problem(path) == ""
    old = time.time() - 60
    os.utime(path, (old, old))
    assert "60 s old" in problem(path)


def test_the_health_command_exits_by_what_it_finds(tmp_path: Path) -> None:
    def check() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "queue_worker.health"],
            env={**os.environ, "HEALTH_FILE": str(tmp_path / "health")},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    missing = check()
    assert (missing.returncode, missing.stderr.count("\n")) == (1, 1)
    beat(tmp_path / "health")
    assert (check().returncode, check().stderr) == (0, "")
