"""From a message to the handler and on: what is sent, what is rejected, what is logged."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_contract import derive_job_id, parse_job
from main_job.adapter import message_bytes, trigger_handler
from queue_worker import Outgoing, Reject
from trigger_messages import MESSAGE_ID, SENT_AT_MS, TriggerMessage, trigger_message

DERIVED_ID = derive_job_id(MESSAGE_ID, SENT_AT_MS)
LIMIT_BYTES = 262_144


def outgoing_of(message: TriggerMessage, *, max_message_bytes: int = LIMIT_BYTES) -> Outgoing | None:
    return trigger_handler(max_message_bytes=max_message_bytes)(message)


def rejection_of(message: TriggerMessage) -> Reject:
    with pytest.raises(Reject) as raised:
        outgoing_of(message)
    return raised.value


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    return vars(record)


def test_a_job_leaves_with_its_type_and_id_as_attributes() -> None:
    outgoing = outgoing_of(trigger_message(jobType="store-submission"))
    assert outgoing is not None
    assert outgoing.attributes == {"jobType": "store-submission", "jobId": DERIVED_ID}
    assert parse_job(outgoing.body).job_id == DERIVED_ID


def test_a_trigger_that_wants_no_job_is_done_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert outgoing_of(trigger_message(triggerBackgroundJob=False)) is None
    assert caplog.messages == ["no background job wanted"]
    assert fields_of(caplog.records[0])["jobId"] == DERIVED_ID


def test_the_log_line_of_a_queued_job_can_be_found_by_all_its_ids(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    outgoing_of(trigger_message(correlationId="order-17"))
    assert caplog.messages == ["job queued"]
    fields = fields_of(caplog.records[0])
    assert (fields["jobId"], fields["messageId"], fields["correlationId"]) == (
        DERIVED_ID,
        MESSAGE_ID,
        "order-17",
    )


@pytest.mark.parametrize("timestamp", ["yesterday", 17, {}, "2026-13-01T00:00:00Z"])
def test_a_malformed_timestamp_is_logged_and_kept(caplog: pytest.LogCaptureFixture, timestamp: Any) -> None:
    caplog.set_level("INFO")
    outgoing = outgoing_of(trigger_message(timestamp=timestamp))
    assert outgoing is not None
    assert parse_job(outgoing.body).data.original_trigger["timestamp"] == timestamp
    assert caplog.messages == ["trigger timestamp malformed, kept", "job queued"]
    assert caplog.records[0].levelname == "WARNING"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "The trigger is not JSON"),
        ("{", "The trigger is not JSON"),
        ("[" * 100_000, "The trigger is not JSON"),
        ("[]", "The trigger is a JSON list, not an object."),
        ("17", "The trigger is a JSON int, not an object."),
        ("{}", "The trigger has the wrong shape"),
        ('{"trigger": 17}', "The trigger has the wrong shape"),
        ('{"trigger": ""}', "must hold 1 to 256 characters"),
        ('{"trigger": "x", "triggerBackgroundJob": "yes"}', "The trigger has the wrong shape"),
        ('{"trigger": "x", "jobType": "no such:type"}', "is not a name of 1 to 128"),
        ('{"trigger": "x", "jobId": "17"}', "is not a ULID"),
        ('{"trigger": "x", "jobId": "8ZZZZZZZZZZZZZZZZZZZZZZZZZ"}', "is not a ULID"),
    ],
)
def test_a_trigger_that_breaks_the_contract_is_rejected_with_a_sentence_and_a_findable_line(
    caplog: pytest.LogCaptureFixture, body: str, sentence: str
) -> None:
    rejection = rejection_of(TriggerMessage(body))
    assert sentence in rejection.reason
    assert rejection.attributes == {"jobId": DERIVED_ID}
    assert caplog.messages == ["trigger rejected"]
    fields = fields_of(caplog.records[0])
    assert (fields["jobId"], fields["messageId"]) == (DERIVED_ID, MESSAGE_ID)


def test_a_job_that_is_too_large_is_rejected_with_both_sizes() -> None:
    rejection = rejection_of(trigger_message(data="x" * LIMIT_BYTES))
    assert f"the background queue takes {LIMIT_BYTES}" in rejection.reason
    assert rejection.attributes == {"jobId": DERIVED_ID}


def test_a_job_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    message = trigger_message(data="x" * 2000)
    outgoing = outgoing_of(message)
    assert outgoing is not None
    size_bytes = message_bytes(outgoing)
    assert outgoing_of(message, max_message_bytes=size_bytes) == outgoing
    with pytest.raises(Reject):
        outgoing_of(message, max_message_bytes=size_bytes - 1)


def test_a_dead_trigger_that_comes_back_keeps_the_job_id_it_had() -> None:
    first = rejection_of(trigger_message(data="x" * LIMIT_BYTES))
    mended = TriggerMessage(
        trigger_message().body, message_id="another", sent_at_ms=SENT_AT_MS + 1, attributes=first.attributes
    )
    outgoing = outgoing_of(mended)
    assert outgoing is not None
    assert outgoing.attributes["jobId"] == DERIVED_ID


def test_a_job_id_in_the_body_wins_over_the_attribute() -> None:
    own = "01K9DZ6WXR0000000000000000"
    message = TriggerMessage(trigger_message(jobId=own).body, attributes={"jobId": DERIVED_ID})
    outgoing = outgoing_of(message)
    assert outgoing is not None
    assert outgoing.attributes["jobId"] == own


def test_a_job_id_attribute_that_is_no_ulid_is_rejected() -> None:
    message = TriggerMessage(trigger_message().body, attributes={"jobId": "17"})
    assert "is not a ULID" in rejection_of(message).reason


@pytest.mark.parametrize("sent_at_ms", [-1, 2**50])
def test_an_impossible_send_time_is_rejected_and_crashes_nothing(sent_at_ms: int) -> None:
    rejection = rejection_of(TriggerMessage(trigger_message().body, sent_at_ms=sent_at_ms))
    assert "is not a time in ms" in rejection.reason


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    ).map(json.dumps)
)
def test_whatever_arrives_is_sent_on_or_rejected_with_a_reason(body: str) -> None:
    try:
        outgoing_of(TriggerMessage(body))
    except Reject as rejection:
        assert rejection.reason


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_a_job_body_holds_only_characters_that_sqs_takes(text: str) -> None:
    outgoing = outgoing_of(trigger_message(data=text, correlationId=text or "x"))
    assert outgoing is not None
    # The characters of XML 1.0, as SQS's SendMessage documents them.
    codes = [ord(character) for character in outgoing.body]
    assert all(code >= 0x20 or code in (0x9, 0xA, 0xD) for code in codes)
    assert not any(0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) for code in codes)
    assert parse_job(outgoing.body).data.original_trigger["data"] == text
