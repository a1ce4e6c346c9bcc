"""Import ids that follow from what a plan knows, by type; each as the provider's page on the type has it."""

import string
from collections.abc import Mapping

from pipeline.recovery.planned import Planned

# An address -> the import id that was found for it.
Found = Mapping[str, str]

TEMPLATES = {
    "aws_appautoscaling_policy": "{service_namespace}/{resource_id}/{scalable_dimension}/{name}",
    "aws_appautoscaling_target": "{service_namespace}/{resource_id}/{scalable_dimension}",
    "aws_cloudwatch_dashboard": "{dashboard_name}",
    "aws_cloudwatch_event_rule": "{name}",
    "aws_cloudwatch_event_target": "{rule}/{target_id}",
    "aws_cloudwatch_log_group": "{name}",
    "aws_cloudwatch_log_metric_filter": "{log_group_name}:{name}",
    "aws_cloudwatch_log_resource_policy": "{policy_name}",
    "aws_cloudwatch_metric_alarm": "{alarm_name}",
    "aws_dynamodb_table": "{name}",
    "aws_ecr_lifecycle_policy": "{repository}",
    "aws_ecr_repository": "{name}",
    "aws_ecs_cluster": "{name}",
    "aws_ecs_cluster_capacity_providers": "{cluster_name}",
    "aws_iam_role": "{name}",
    "aws_iam_role_policy": "{role}:{name}",
    "aws_iam_role_policy_attachment": "{role}/{policy_arn}",
    "aws_kms_alias": "{name}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_s3_bucket": "{bucket}",
    "aws_s3_bucket_lifecycle_configuration": "{bucket}",
    "aws_s3_bucket_policy": "{bucket}",
    "aws_s3_bucket_public_access_block": "{bucket}",
    "aws_s3_bucket_server_side_encryption_configuration": "{bucket}",
    "aws_s3_bucket_versioning": "{bucket}",
    "aws_sqs_queue_policy": "{queue_url}",
    "aws_sqs_queue_redrive_policy": "{queue_url}",
}


def named_id(resource: Planned, found: Found) -> str | None:
    """The import id by the template of the type; None without one, or while a part of it is unknown."""
    template = TEMPLATES.get(resource.type)
    if template is None:
        return None
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    parts = {name: value_of(resource, name, found) for name in names}
    return None if None in parts.values() else template.format(**parts)


def value_of(resource: Planned, attribute: str, found: Found) -> str | None:
    """A planned value, or the id of the resource that it is taken from."""
    if resource[attribute] is not None:
        return str(resource[attribute])
    source = resource.referred(attribute)
    return found.get(source) if source else None


def first_beside(resource: Planned, kind: str, found: Found) -> str | None:
    """The id of the one resource of another type in the same module."""
    return next((found[each] for each in found if each.startswith(resource.beside(kind))), None)
