"""Waits until ECS runs what the state names, and says why when it does not.

`terraform apply` succeeds as soon as ECS has taken the new task definition; what becomes of it is seen here.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from deployment.errors import ToolError

from pipeline.apply.patience import Patience
from pipeline.apply.services import Seen, Service, seen
from pipeline.apply.stopped import why_not

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

# DescribeServices takes 10: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
_AT_ONCE = 10
# So long ECS may still show what was before Terraform's call.
_SETTLE_SECONDS = 30.0
_PROGRESS_SECONDS = 30.0


def wait_until_steady(ecs: "ECSClient", services: Iterable[Service], patience: Patience) -> None:
    """Returns when each service runs its task definition alone; raises ToolError when one does not.

    A service without tasks proves nothing, so it is raised to one first, by a deployment that ECS's circuit
    breaker watches. Scaling takes that task away again where the minimum is 0.
    """
    watched = [_Watched(ecs, service, patience) for service in services]
    for one in watched:
        patience.say(f"{one.service.name}: waiting for {one.service.task_definition}")

    def all_steady() -> bool:
        waiting = [one for one in watched if not one.is_steady]
        for one, now in _described(ecs, waiting):
            one.look(now)
        return all(one.is_steady for one in watched)

    if not patience.until(all_steady):
        late = next(one for one in watched if not one.is_steady)
        raise ToolError(late.failure(f"is not steady after {patience.within_seconds:.0f} s"))


class _Watched:
    """One service, and what was seen of it so far."""

    def __init__(self, ecs: "ECSClient", service: Service, patience: Patience) -> None:
        self._ecs, self.service, self._patience = ecs, service, patience
        self.is_steady = False
        self._raised = False
        self._had_it = False
        self._last: Seen | None = None
        self._told_at = 0.0

    def look(self, now: Seen) -> None:
        """Takes in what ECS says; raises ToolError when the deployment has failed."""
        changed = now != self._last
        self._last = now
        wanted = self.service.task_definition
        if now.desired == 0 and not self._raised:
            self._raise_to_one()
        elif now.is_steady_on(wanted):
            self.is_steady = True
            self._patience.say(f"{self.service.name}: {now.running} running, steady on {wanted}")
        elif reason := now.failure_of(wanted):
            raise ToolError(self.failure(f"could not be moved to {wanted}: {reason}"))
        elif now.runs == wanted:
            self._had_it = True
            self._tell(now, changed)
        elif self._had_it or self._patience.seconds > _SETTLE_SECONDS:
            raise ToolError(self.failure(f"was to run {wanted}, and ECS moves it to {now.runs}"))

    def failure(self, what: str) -> str:
        """A sentence for what went wrong, with ECS's reasons and where to look."""
        return f"{self.service.name} {what}. {why_not(self._ecs, self.service, self._last)}"

    def _raise_to_one(self) -> None:
        self._patience.say(f"{self.service.name}: has no task; starting one to see that it can")
        self._raised = True
        self._ecs.update_service(
            cluster=self.service.cluster,
            service=self.service.name,
            desiredCount=1,
            # A new deployment, or the circuit breaker would not watch the task.
            forceNewDeployment=True,
        )

    def _tell(self, now: Seen, changed: bool) -> None:
        if not changed and self._patience.seconds - self._told_at < _PROGRESS_SECONDS:
            return
        self._told_at = self._patience.seconds
        primary = now.primary()
        failed = f", {primary['failedTasks']} failed" if primary.get("failedTasks") else ""
        self._patience.say(
            f"{self.service.name}: {primary.get('runningCount', 0)} of {now.desired} running on "
            f"{now.runs}{failed}, {len(now.deployments)} deployment(s), {self._patience.seconds:.0f} s"
        )


def _described(ecs: "ECSClient", watched: list[_Watched]) -> Iterable[tuple[_Watched, Seen]]:
    for cluster, members in groupby(watched, key=lambda one: one.service.cluster):
        of_cluster = list(members)
        for first in range(0, len(of_cluster), _AT_ONCE):
            batch = of_cluster[first : first + _AT_ONCE]
            names = [one.service.name for one in batch]
            found = {
                answer["serviceName"]: answer
                for answer in ecs.describe_services(cluster=cluster, services=names)["services"]
                if answer["status"] == "ACTIVE"
            }
            for one in batch:
                if one.service.name not in found:
                    raise ToolError(
                        f"The state names the service {one.service.name}, which {cluster} does not have; "
                        "somebody has deleted it. Deploy again: Terraform makes it anew."
                    )
                yield one, seen(dict(found[one.service.name]))
