"""What hypothesis draws for the contract's tests."""

from hypothesis import strategies as st
from job_contract.ids import LATEST_TIME_MS

# Mostly times of this product's life, the odd end of the calendar, and the milliseconds around midnight.
DAY_MS = 24 * 3600 * 1000
TIMES_MS = st.one_of(
    st.integers(1_700_000_000_000, 2_500_000_000_000),
    st.integers(0, LATEST_TIME_MS),
    st.builds(
        lambda day, offset: day * DAY_MS + offset,
        st.integers(1, LATEST_TIME_MS // DAY_MS),
        st.integers(-2, 2),
    ),
)
MESSAGE_IDS = st.uuids().map(str)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
