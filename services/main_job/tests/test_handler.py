"""From a trigger to its job: ids, correlation, what travels along."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from job_contract import Job, derive_job_id, parse_job, parse_trigger
from main_job.handler import handle
from trigger_messages import MESSAGE_ID, SENT_AT_MS, trigger_message

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=10,
)


def job_of(message_id: str = MESSAGE_ID, sent_at_ms: int = SENT_AT_MS, **keys: Any) -> Job:
    job = handle(parse_trigger(trigger_message(**keys).body), message_id=message_id, sent_at_ms=sent_at_ms)
    assert job is not None
    return job


def test_the_job_id_is_derived_from_the_message() -> None:
    assert job_of().job_id == derive_job_id(MESSAGE_ID, SENT_AT_MS)


def test_the_same_message_gives_the_same_job_however_often_it_is_delivered() -> None:
    assert job_of(data={"b": 1, "a": 2}).encode() == job_of(data={"b": 1, "a": 2}).encode()


def test_a_producers_own_job_id_is_taken_in_its_canonical_form() -> None:
    own = "01k9dz6wxr0000000000000000"
    assert job_of(jobId=own).job_id == own.upper()


def test_a_producer_that_sends_again_with_its_own_id_asks_for_the_same_job() -> None:
    own = "01K9DZ6WXR0000000000000000"
    first = job_of(message_id="first", jobId=own)
    second = job_of(message_id="second", sent_at_ms=SENT_AT_MS + 60_000, jobId=own)
    assert (first.job_id, first.fingerprint()) == (second.job_id, second.fingerprint())


def test_a_missing_correlation_id_becomes_trigger_and_job_id() -> None:
    job = job_of()
    assert job.correlation_id == f"api_call-{job.job_id}"
    assert job_of(correlationId="order-17").correlation_id == "order-17"
    assert job_of(correlationId="").correlation_id == f"api_call-{job.job_id}"


def test_a_trigger_that_wants_no_background_job_gives_none() -> None:
    trigger = parse_trigger(trigger_message(triggerBackgroundJob=False).body)
    assert handle(trigger, message_id=MESSAGE_ID, sent_at_ms=SENT_AT_MS) is None


def test_a_trigger_that_says_nothing_about_it_wants_one_of_the_default_type() -> None:
    assert job_of().job_type == "main-job-processing"


def test_the_jobs_timestamp_is_when_the_trigger_was_sent() -> None:
    assert job_of(timestamp="whenever").timestamp == "2026-05-28T20:26:40.123Z"


def test_the_result_of_the_main_job_names_the_trigger_and_its_message() -> None:
    assert job_of().data.main_job_result == {"trigger": "api_call", "messageId": MESSAGE_ID}


@given(st.dictionaries(st.sampled_from(["data", "extra", "timestamp", "original", "x y"]), JSON))
def test_everything_that_the_trigger_said_travels_along(keys: dict[str, Any]) -> None:
    job = parse_job(job_of(**keys).encode())
    assert job.data.original_trigger == {"trigger": "api_call", **keys}
