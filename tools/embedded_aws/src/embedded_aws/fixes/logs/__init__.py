"""CloudWatch Logs: each module here mends one thing; see their docstrings."""

from embedded_aws.fixes.logs import filtering, limits, query_definitions


def apply() -> None:
    """Apply all of them."""
    limits.apply()
    filtering.apply()
    query_definitions.apply()
