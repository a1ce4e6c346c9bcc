"""Names that infra/envs/dev gives, for the minute in which Terraform has not written its outputs yet.

Whoever comes later reads the outputs; `tests/stack` checks that both agree.
"""

from deployment.names import named_outputs, queues_url
from deployment.outputs import Outputs
from deployment.product import product


def cluster() -> str:
    """Both services are in it."""
    return _named("ecs_cluster_name")


def service_names() -> list[str]:
    """The ECS services."""
    return [_named("ecs_main_job_service_name"), _named("ecs_background_job_service_name")]


def expected_outputs(endpoint: str, account_id: str) -> Outputs:
    """The outputs that follow from names, as the root dev will state them."""
    return named_outputs(product(), "dev", queues_url(account_id, product().aws_region, endpoint))


def _named(output: str) -> str:
    return named_outputs(product(), "dev", "")[output]
