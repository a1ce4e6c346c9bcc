"""SQS: each module here mends one thing; see their docstrings."""

from embedded_aws.fixes.sqs import answers, limits, metrics, move_tasks, queue_attributes, receiving


def apply() -> None:
    """Apply all of them."""
    queue_attributes.apply()
    receiving.apply()
    limits.apply()
    answers.apply()
    metrics.apply()
    move_tasks.apply()
