"""Names that infra/envs/dev gives, for the minute in which Terraform has not written its outputs yet.

Whoever comes later reads the outputs; `tests/stack` checks that both agree.
"""

from deployment.outputs import Outputs
from deployment.product import product


def prefix() -> str:
    """What every name in dev begins with."""
    return f"{product().project_name}-dev"


def cluster() -> str:
    """Both services are in it."""
    return f"{prefix()}-cluster"


def service_names() -> list[str]:
    """The ECS services."""
    return [f"{prefix()}-main-job-service", f"{prefix()}-background-job-service"]


def expected_outputs(endpoint: str, account_id: str) -> Outputs:
    """The outputs that a trigger needs on its way, as the root dev will state them."""
    queues = f"{endpoint}/{account_id}/{prefix()}"
    return Outputs(
        "dev",
        {
            "sqs_main_job_triggers_queue_url": f"{queues}-main-job-triggers",
            "cloudwatch_log_group_main_job": f"/ecs/{prefix()}/main-job",
            "cloudwatch_log_group_background_job": f"/ecs/{prefix()}/background-job",
            "ledger_table_name": f"{prefix()}-ledger",
        },
    )
