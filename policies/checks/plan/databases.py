"""What lies open on a disk, in a backup or at an address is all that people have entrusted to us."""

from plan_policy import PlanPolicy
from policy_documents.plan import Plan, Resource
from policy_documents.security_groups import everybody_enters, groups_of


class DatabasesAreClosed(PlanPolicy):
    """Holds for every database, alone or in a cluster."""

    id = "CKV_JOBS_13"
    sentence = "Databases are encrypted, and nobody outside reaches them"
    resource_types = ("aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance")

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Looks at storage, address, and who may connect; a cluster's instance has its cluster's."""
        alone = resource.type != "aws_rds_cluster_instance"
        return [
            *(self._of_storage(resource) if alone else []),
            *(self._of_address(resource) if resource.type != "aws_rds_cluster" else []),
            *(self._of_groups(resource, plan) if alone else []),
        ]

    def _of_storage(self, database: Resource) -> list[str]:
        if database.known("storage_encrypted") is True:
            return []
        return ["its storage is not encrypted, and cannot be later; set storage_encrypted = true"]

    def _of_address(self, database: Resource) -> list[str]:
        if database.known("publicly_accessible") is not True:
            return []
        return ["it has a public address; set publicly_accessible = false"]

    def _of_groups(self, database: Resource, plan: Plan) -> list[str]:
        groups = groups_of(database, plan, "vpc_security_group_ids")
        if not groups:
            return ["not proven: its security groups are not all in this plan; make them in this root"]
        return [
            f"{rule} lets everybody in; name the groups that may connect"
            for group in groups
            for rule in everybody_enters(group, plan)
        ]


DatabasesAreClosed()
