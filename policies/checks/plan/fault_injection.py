"""With fault injection on, whoever may send a trigger may make jobs fail, hang and crash."""

from plan_policy import PlanPolicy
from policy_documents.containers import containers
from policy_documents.plan import Plan, Resource

_OFF = "off"
# Environments for experiments. Every other one, also one that is not known, is treated as prod.
_MAY = frozenset({"dev", "staging"})


class FaultsAreNotInjectedInProd(PlanPolicy):
    """Holds for every container that knows the setting."""

    id = "CKV_JOBS_8"
    sentence = "Fault injection is off in prod"
    resource_types = ("aws_ecs_task_definition",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Takes the environment from the plan and from the container: both must be known, and allow it."""
        return [
            f"FAULT_INJECTION of {container.name} is {setting!r} in {plan.environment} "
            f"(ENVIRONMENT={container.environment.get('ENVIRONMENT')}); set fault_injection to off"
            for container in containers(resource)
            if (setting := container.environment.get("FAULT_INJECTION", _OFF)) != _OFF
            and not {plan.environment, container.environment.get("ENVIRONMENT")} <= _MAY
        ]


FaultsAreNotInjectedInProd()
