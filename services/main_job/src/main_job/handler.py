"""What main_job does with a trigger. Start reading here: the function knows no queue."""

from job_contract import Job, JobData, Trigger, derive_job_id, utc_timestamp


def handle(trigger: Trigger, *, message_id: str, sent_at_ms: int) -> Job | None:
    """The background job that a trigger asks for, or None where it wants none.

    `message_id` and `sent_at_ms` (ms since 1970) are those of the trigger's SQS message. Everything in the
    job follows from the arguments: the same message gives the same job, however often it is delivered.
    """
    if not trigger.trigger_background_job:
        return None
    job_id = job_id_for(trigger, message_id=message_id, sent_at_ms=sent_at_ms)
    return Job(
        job_id=job_id,
        job_type=trigger.job_type,
        timestamp=utc_timestamp(sent_at_ms),
        correlation_id=correlation_id_for(trigger, job_id),
        data=JobData(
            original_trigger=trigger.original,
            main_job_result={"trigger": trigger.trigger, "messageId": message_id},
        ),
    )


def job_id_for(trigger: Trigger, *, message_id: str, sent_at_ms: int) -> str:
    """The producer's own job id, or the one derived from the message; raises ContractError."""
    return trigger.job_id or derive_job_id(message_id, sent_at_ms)


def correlation_id_for(trigger: Trigger, job_id: str) -> str:
    """The producer's correlation id, or `<trigger>-<jobId>`."""
    return trigger.correlation_id or f"{trigger.trigger}-{job_id}"
