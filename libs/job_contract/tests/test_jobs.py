"""Jobs: the same job is the same text, and its fingerprint is what was asked for."""

import json
from typing import Any

import msgspec
import pytest
from contract_strategies import JSON, TEXT
from hypothesis import given
from hypothesis import strategies as st
from job_contract import ContractError, Job, JobData, parse_job

JOB_ID = "01K9DZ6WXR0000000000000000"
TRIGGERS = st.dictionaries(TEXT, JSON, max_size=5)


def job_of(trigger: dict[str, Any], **changes: Any) -> Job:
    job = Job(
        job_id=JOB_ID,
        job_type="store-submission",
        timestamp="2026-11-02T09:30:00.000Z",
        correlation_id="order-17",
        data=JobData(original_trigger=trigger, main_job_result={"trigger": "api_call"}),
    )
    return msgspec.structs.replace(job, **changes)


@given(TRIGGERS)
def test_a_job_survives_the_wire(trigger: dict[str, Any]) -> None:
    job = job_of(trigger)
    assert parse_job(job.encode()) == job
    assert parse_job(job.encode()).fingerprint() == job.fingerprint()


@given(TRIGGERS)
def test_the_order_of_keys_changes_neither_text_nor_fingerprint(trigger: dict[str, Any]) -> None:
    turned = job_of(dict(reversed(trigger.items())))
    assert turned.encode() == job_of(trigger).encode()
    assert turned.fingerprint() == job_of(trigger).fingerprint()


@given(TRIGGERS, TRIGGERS)
def test_other_content_has_another_fingerprint(first: dict[str, Any], other: dict[str, Any]) -> None:
    same = job_of(first).fingerprint() == job_of(other).fingerprint()
    # As JSON, 1 and 1.0 and True are three things; in Python they are equal.
    assert same is (job_of(first).encode() == job_of(other).encode())


def test_when_and_under_which_correlation_it_was_sent_is_no_part_of_the_fingerprint() -> None:
    job = job_of({"a": 1})
    assert job_of({"a": 1}, timestamp="later", correlation_id="x").fingerprint() == job.fingerprint()
    assert job_of({"a": 1}, job_type="other").fingerprint() != job.fingerprint()


def test_the_wire_format_is_the_documented_one() -> None:
    assert json.loads(job_of({"trigger": "api_call"}).encode()) == {
        "jobId": JOB_ID,
        "jobType": "store-submission",
        "timestamp": "2026-11-02T09:30:00.000Z",
        "correlationId": "order-17",
        "data": {"originalTrigger": {"trigger": "api_call"}, "mainJobResult": {"trigger": "api_call"}},
    }
    assert job_of({}).attributes() == {"jobType": "store-submission", "jobId": JOB_ID}


@pytest.mark.parametrize("character", ["\ufffe", "\uffff"])
def test_a_body_never_holds_the_characters_that_sqs_refuses(character: str) -> None:
    job = job_of({"text": f"a{character}b"})
    assert character not in job.encode()
    assert parse_job(job.encode()) == job


@given(st.binary(max_size=100) | st.text(max_size=100) | JSON.map(json.dumps))
def test_any_body_is_a_job_or_refused_with_one_sentence(body: str | bytes) -> None:
    try:
        parse_job(body)
    except ContractError as error:
        assert "\n" not in str(error)


def test_the_id_of_a_job_is_put_into_its_canonical_form() -> None:
    assert parse_job(job_of({}, job_id=JOB_ID.lower()).encode()).job_id == JOB_ID


@pytest.mark.parametrize("missing", ["jobId", "jobType", "timestamp", "correlationId", "data"])
def test_a_job_without_one_of_its_keys_is_refused_by_name(missing: str) -> None:
    body = json.loads(job_of({}).encode())
    del body[missing]
    with pytest.raises(ContractError, match=missing):
        parse_job(json.dumps(body))
