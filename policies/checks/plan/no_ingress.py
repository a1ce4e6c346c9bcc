"""A worker fetches its work. Whatever can connect to it can only do harm."""

from plan_policy import PlanPolicy
from policy_documents.containers import task_definition_of, workers
from policy_documents.plan import Plan, Resource

_RULES = ("aws_vpc_security_group_ingress_rule", "aws_security_group_rule")


class NothingConnectsToWorkers(PlanPolicy):
    """Holds for every service whose task works from a queue."""

    id = "CKV_JOBS_6"
    sentence = "Nothing connects to a worker: no ingress rule, no port, no load balancer"
    resource_types = ("aws_ecs_service",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Looks at the service, its containers' ports and all its security groups."""
        task_definition = task_definition_of(resource, plan)
        if not workers(task_definition):
            return []
        return [
            *self._of_service(resource),
            *(
                f"container {container.name} maps ports; take portMappings away"
                for container in workers(task_definition)
                if container.definition.get("portMappings")
            ),
            *self._of_groups(resource, plan),
        ]

    def _of_service(self, service: Resource) -> list[str]:
        blocks = ("load_balancer", "service_registries", "service_connect_configuration")
        return [
            f"the service has {block}; take it away"
            for block in blocks
            # A dynamic block is in the plan's values and not in its code.
            if service.expression(block) or service.known(block)
        ]

    def _of_groups(self, service: Resource, plan: Plan) -> list[str]:
        groups = plan.referred(service, "network_configuration", "security_groups")
        given = set(service.inside("network_configuration", "security_groups") or [])
        outside = given - {group.values.get("id") for group in groups}
        if not groups or outside or any(group.type != "aws_security_group" for group in groups):
            return ["not proven: its security groups are not all in this plan; make them in this root"]
        rules = [rule for rule in plan.of_type(*_RULES) if rule.values.get("type", "ingress") == "ingress"]
        found = [
            f"{rule.address} lets something in by {group.address}; delete the rule"
            for rule in rules
            for group in groups
            if group in plan.referred(rule, "security_group_id")
        ]
        inline = [group for group in groups if group.expression("ingress") and group.known("ingress") != []]
        return found + [f"{group.address} has ingress rules; delete them" for group in inline]


NothingConnectsToWorkers()
