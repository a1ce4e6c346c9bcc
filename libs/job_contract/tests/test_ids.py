"""Job ids: derived from messages, ordered by time, and nothing but ULIDs."""

from datetime import UTC, datetime

import pytest
from contract_strategies import MESSAGE_IDS, TIMES_MS
from hypothesis import given
from hypothesis import strategies as st
from job_contract import ContractError, derive_job_id, job_id_time_ms, new_job_id, normalize_job_id
from job_contract.ids import LATEST_TIME_MS
from ulid import ULID


@given(MESSAGE_IDS, TIMES_MS)
def test_the_same_message_always_gives_the_same_id(message_id: str, sent_at_ms: int) -> None:
    assert derive_job_id(message_id, sent_at_ms) == derive_job_id(message_id, sent_at_ms)


@given(MESSAGE_IDS, MESSAGE_IDS, TIMES_MS)
def test_other_messages_of_the_same_millisecond_give_other_ids(
    first: str, other: str, sent_at_ms: int
) -> None:
    same = derive_job_id(first, sent_at_ms) == derive_job_id(other, sent_at_ms)
    assert same is (first == other)


@given(MESSAGE_IDS, TIMES_MS)
def test_an_id_holds_the_time_that_the_message_was_sent(message_id: str, sent_at_ms: int) -> None:
    assert job_id_time_ms(derive_job_id(message_id, sent_at_ms)) == sent_at_ms


@given(MESSAGE_IDS, TIMES_MS, MESSAGE_IDS, TIMES_MS)
def test_ids_sort_as_text_in_the_order_of_their_times(a: str, a_ms: int, b: str, b_ms: int) -> None:
    if a_ms < b_ms:
        assert derive_job_id(a, a_ms) < derive_job_id(b, b_ms)


@given(MESSAGE_IDS, TIMES_MS)
def test_a_derived_id_is_a_canonical_ulid(message_id: str, sent_at_ms: int) -> None:
    job_id = derive_job_id(message_id, sent_at_ms)
    assert str(ULID.from_str(job_id)) == job_id
    assert normalize_job_id(job_id) == normalize_job_id(job_id.lower()) == job_id


def test_an_id_is_the_same_in_every_release() -> None:
    message_id = "0f6c8a1e-3f6b-4d7e-9a61-3d1c0c1f7a55"
    assert derive_job_id(message_id, 1_780_000_000_123) == "01KSR4923VWB9EXQZD0JX6YATA"


@pytest.mark.parametrize("sent_at_ms", [-1, LATEST_TIME_MS + 1, 2**48])
def test_a_time_without_a_calendar_date_gives_no_id(sent_at_ms: int) -> None:
    with pytest.raises(ContractError, match="is not a time in ms"):
        derive_job_id("x", sent_at_ms)


def test_a_new_id_carries_the_time_of_now() -> None:
    before_ms = int(datetime.now(UTC).timestamp() * 1000)
    assert 0 <= job_id_time_ms(new_job_id()) - before_ms < 5000
    assert new_job_id() != new_job_id()


@pytest.mark.parametrize(
    "text",
    [
        None,
        17,
        "",
        "01K9DZ6WXR000000000000000",
        "01K9DZ6WXR00000000000000000",
        "01K9DZ6WXR000000000000000U",
        "01K9DZ6WXR000000000000000I",
        "01K9DZ6WXR00000000000000 0",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01K9DZ6WXR00000000000000é0",
    ],
)
def test_what_is_no_ulid_of_the_calendar_is_refused_with_what_is_allowed(text: object) -> None:
    with pytest.raises(ContractError, match="is not a ULID: 26 characters"):
        normalize_job_id(text)


@given(st.text(max_size=30))
def test_any_text_is_a_canonical_id_or_refused(text: str) -> None:
    try:
        job_id = normalize_job_id(text)
    except ContractError:
        return
    assert job_id == text.upper()
    assert 0 <= job_id_time_ms(job_id) <= LATEST_TIME_MS
