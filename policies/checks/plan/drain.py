"""ECS kills a task after stopTimeout: a longer drain never ends, and what it holds stays invisible."""

from plan_policy import PlanPolicy
from policy_documents.containers import Container, workers
from policy_documents.plan import Plan, Resource, Unknown


class DrainEndsBeforeTheKill(PlanPolicy):
    """Holds for every container that works from a queue."""

    id = "CKV_JOBS_4"
    sentence = "A worker's drain is shorter than the time that ECS leaves it before the kill"
    resource_types = ("aws_ecs_task_definition",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Compares what the worker is told with what ECS is told."""
        return [reason for worker in workers(resource) for reason in self._of_worker(worker)]

    def _of_worker(self, worker: Container) -> list[str]:
        drain, stop = worker.seconds("DRAIN_TIMEOUT_SECONDS"), worker.definition.get("stopTimeout")
        if stop is None:
            raise Unknown(f"container {worker.name} has no stopTimeout")
        if drain < stop:
            return []
        return [
            f"DRAIN_TIMEOUT_SECONDS of {worker.name} is {drain:g} and stopTimeout is {stop}: SIGKILL comes "
            "first, and messages are not handed back; shorten the drain or raise stopTimeout (at most 120)"
        ]


DrainEndsBeforeTheKill()
