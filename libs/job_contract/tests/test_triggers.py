"""Triggers: one key is required, the rest is optional, all of it is kept."""

import json
from typing import Any

import pytest
from contract_strategies import JSON, TEXT
from hypothesis import given
from hypothesis import strategies as st
from job_contract import DEFAULT_JOB_TYPE, ContractError, Trigger, parse_trigger

KNOWN_KEYS = ["trigger", "timestamp", "triggerBackgroundJob", "jobType", "correlationId", "jobId"]
KNOWN_KEYS += ["logStreamPattern", "data", "original"]
EXTRA_KEYS = TEXT.filter(lambda key: key not in KNOWN_KEYS)


def parsed(**keys: Any) -> Trigger:
    return parse_trigger(json.dumps({"trigger": "api_call", **keys}))


def test_only_the_name_is_required() -> None:
    trigger = parse_trigger('{"trigger":"api_call"}')
    assert trigger == Trigger(trigger="api_call", original={"trigger": "api_call"})
    assert trigger.trigger_background_job is True
    assert trigger.job_type == DEFAULT_JOB_TYPE == "main-job-processing"
    assert trigger.correlation_id is trigger.job_id is trigger.data is None


@given(st.dictionaries(EXTRA_KEYS, JSON, max_size=5), JSON)
def test_unknown_keys_and_data_are_kept_in_the_original(extra: dict[str, Any], data: Any) -> None:
    trigger = parsed(**extra, data=data)
    assert trigger.original == {"trigger": "api_call", "data": data, **extra}
    assert trigger.data == data


@given(JSON)
def test_a_key_named_original_is_the_producers_own(value: Any) -> None:
    assert parsed(original=value).original == {"trigger": "api_call", "original": value}


@given(JSON)
def test_a_timestamp_of_any_kind_is_kept_and_never_an_error(timestamp: Any) -> None:
    trigger = parsed(timestamp=timestamp)
    assert trigger.timestamp == timestamp
    problem = trigger.timestamp_problem()
    assert problem is None or problem.endswith("is not an ISO 8601 date.")


@pytest.mark.parametrize(
    "timestamp", [None, "2026-11-02T09:30:00.123Z", "2026-11-02", "2026-11-02T09:30:00+02:00"]
)
def test_an_iso_date_has_no_problem(timestamp: Any) -> None:
    assert parsed(timestamp=timestamp).timestamp_problem() is None


@pytest.mark.parametrize("timestamp", ["", "now", 1_780_000_000, [], "2026-02-30"])
def test_another_timestamp_has_a_sentence(timestamp: Any) -> None:
    assert parsed(timestamp=timestamp).timestamp_problem() is not None


def test_a_producers_own_id_is_put_into_its_canonical_form() -> None:
    assert parsed(jobId="01k9dz6wxr0000000000000000").job_id == "01K9DZ6WXR0000000000000000"


@pytest.mark.parametrize("name", ["a", "store-submission", "A.b_c-9", "x" * 128])
def test_a_job_type_that_can_be_an_attribute_is_taken(name: str) -> None:
    assert parsed(jobType=name).job_type == name


@pytest.mark.parametrize("name", ["", "-a", "a b", "a:b", "é", "x" * 129, "a\n"])
def test_another_job_type_is_refused(name: str) -> None:
    with pytest.raises(ContractError, match="is not a name of 1 to 128"):
        parsed(jobType=name)


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_body_is_a_trigger_or_refused_with_one_sentence(body: str | bytes) -> None:
    try:
        parse_trigger(body)
    except ContractError as error:
        assert "\n" not in str(error)


def test_a_body_that_nests_too_deep_is_refused() -> None:
    with pytest.raises(ContractError, match="not JSON"):
        parse_trigger("[" * 100_000)
