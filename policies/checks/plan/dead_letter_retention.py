"""SQS keeps a message's first enqueue time when it dead-letters: an equal retention would lose it at once."""

from plan_policy import PlanPolicy
from policy_documents.plan import Plan, Resource, Unknown


class DeadLettersOutliveTheirQueue(PlanPolicy):
    """Holds for each queue that is no dead-letter queue itself: of another queue, or of a schedule."""

    id = "CKV_JOBS_2"
    sentence = "Every queue has a dead-letter queue that keeps messages longer than the queue does"
    resource_types = ("aws_sqs_queue",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Compares the two retentions as planned."""
        if any(target.address == resource.address for target in self._targets(plan)):
            return []
        if resource.values.get("name") in self._of_schedules(plan):
            return []
        own = [redrive for redrive in self._redrives(plan) if resource in self._sources(redrive, plan)]
        if len(own) != 1:
            return [f"it has {len(own)} redrive policies, and needs one that names its dead-letter queue"]
        dead_letter = self._target(own[0], plan)
        kept, dead_kept = (self._retention(queue) for queue in (resource, dead_letter))
        if dead_kept > kept:
            return []
        return [
            f"it keeps messages for {kept} s and {dead_letter.values['name']} for {dead_kept} s: dead "
            "letters would expire unseen, as their age counts from the first send; keep them longer"
        ]

    def _retention(self, queue: Resource) -> int:
        seconds = queue.known("message_retention_seconds")
        if not isinstance(seconds, int):
            raise Unknown(f"message_retention_seconds of {queue.address} is not set")
        return seconds

    def _redrives(self, plan: Plan) -> list[Resource]:
        inline = [queue for queue in plan.of_type("aws_sqs_queue") if queue.expression("redrive_policy")]
        return [*inline, *plan.of_type("aws_sqs_queue_redrive_policy")]

    def _sources(self, redrive: Resource, plan: Plan) -> list[Resource]:
        return [redrive] if redrive.type == "aws_sqs_queue" else plan.referred(redrive, "queue_url")

    def _target(self, redrive: Resource, plan: Plan) -> Resource:
        arn = redrive.document("redrive_policy").get("deadLetterTargetArn")
        return plan.named("aws_sqs_queue", str(arn).rpartition(":")[2])

    def _of_schedules(self, plan: Plan) -> set[str]:
        """Names of the queues of what a schedule could not send: it has never been in another queue."""
        return {
            str(letters["arn"]).rpartition(":")[2]
            for schedule in plan.of_type("aws_scheduler_schedule")
            for target in schedule.values.get("target") or []
            for letters in target.get("dead_letter_config") or []
            if letters.get("arn")
        }

    def _targets(self, plan: Plan) -> list[Resource]:
        return [self._target(redrive, plan) for redrive in self._redrives(plan)]


DeadLettersOutliveTheirQueue()
