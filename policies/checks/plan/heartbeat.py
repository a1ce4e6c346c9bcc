"""A heartbeat that comes too late lets SQS deliver the job to a second worker while the first still runs."""

from plan_policy import PlanPolicy
from policy_documents.containers import Container, workers
from policy_documents.plan import Plan, Resource


class HeartbeatComesInTime(PlanPolicy):
    """Holds for every container that works from a queue."""

    id = "CKV_JOBS_3"
    sentence = "A worker's heartbeat is shorter than the visibility timeout that it extends"
    resource_types = ("aws_ecs_task_definition",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Compares with the timeout that the worker is told, and with the queue's own."""
        return [reason for worker in workers(resource) for reason in self._of_worker(worker, plan)]

    def _of_worker(self, worker: Container, plan: Plan) -> list[str]:
        heartbeat = worker.seconds("HEARTBEAT_SECONDS")
        queue = plan.named("aws_sqs_queue", worker.text("QUEUE_URL").rpartition("/")[2])
        timeouts = {
            "VISIBILITY_TIMEOUT_SECONDS": worker.seconds("VISIBILITY_TIMEOUT_SECONDS"),
            f"visibility_timeout_seconds of {queue.values['name']}": float(
                queue.known("visibility_timeout_seconds")
            ),
        }
        return [
            f"HEARTBEAT_SECONDS of {worker.name} is {heartbeat:g} and {what} is {timeout:g}: the job would "
            "be delivered twice while its worker lives; shorten the heartbeat"
            for what, timeout in timeouts.items()
            if heartbeat >= timeout
        ]


HeartbeatComesInTime()
