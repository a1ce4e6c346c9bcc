"""Lines of a job stream, timestamps, and the ledger's record."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract_strategies import JSON, TEXT, TIMES_MS
from hypothesis import given
from hypothesis import strategies as st
from job_contract import ContractError, JobState, log_line, record_from_item, utc_timestamp


@given(TIMES_MS)
def test_a_timestamp_is_iso_8601_in_utc_to_the_millisecond(time_ms: int) -> None:
    text = utc_timestamp(time_ms)
    assert text.endswith("Z")
    moment = datetime.fromisoformat(text)
    assert moment == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)


@given(TEXT, st.dictionaries(TEXT | st.sampled_from(["jobId", "level", "message"]), JSON, max_size=5))
def test_a_line_is_json_and_its_fields_never_hide_the_five_keys(message: str, fields: dict[str, Any]) -> None:
    line = json.loads(
        log_line(
            job_id="01K9DZ6WXR0000000000000000",
            level="INFO",
            message=message,
            time_ms=0,
            correlation_id="c",
            fields=fields,
        )
    )
    assert line["jobId"] == "01K9DZ6WXR0000000000000000"
    assert (line["level"], line["message"], line["correlationId"]) == ("INFO", message, "c")
    assert line["timestamp"] == "1970-01-01T00:00:00.000Z"


class Unspeakable:
    """An object whose repr raises."""

    def __repr__(self) -> str:
        raise RuntimeError


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        b"bytes",
        datetime(2026, 1, 1),
        float("nan"),
        "\ud800",
        2**100,
        {object(): 1},
        ENDLESS,
        Unspeakable(),
    ],
)
def test_a_field_that_json_cannot_hold_does_not_fail_the_line(value: Any) -> None:
    for message, fields in (("m", {"value": value}), ("\udc00", {"value": value, "other": 1})):
        text = log_line(
            job_id="x", level="INFO", message=message, time_ms=0, correlation_id="c", fields=fields
        )
        assert text.encode()
        assert json.loads(text).keys() >= {"jobId", "level", "message", "timestamp", "correlationId", "value"}


def test_a_line_is_one_line() -> None:
    text = log_line(job_id="x", level="INFO", message="a\nb", time_ms=0, correlation_id="", fields={})
    assert "\n" not in text


def test_a_record_is_read_from_the_tables_item() -> None:
    record = record_from_item(
        {
            "jobId": {"S": "01K9DZ6WXR0000000000000000"},
            "jobType": {"S": "simulate-work"},
            "fingerprint": {"S": "f"},
            "state": {"S": "dead"},
            "attempts": {"N": "3"},
            "generation": {"N": "1"},
            "aLaterRelease": {"S": "may add fields"},
        }
    )
    assert (record.state, record.attempts, record.generation) == (JobState.DEAD, 3, 1)
    assert record.result == ""


def test_an_item_that_is_no_record_is_refused_by_its_id() -> None:
    with pytest.raises(ContractError, match="x17"):
        record_from_item({"jobId": {"S": "x17"}, "state": {"S": "asleep"}})
