"""Names that infra/envs/dev gives, for the minute in which Terraform has not written its outputs yet.

Whoever comes later reads the outputs; `tests/stack` checks that both agree.
"""

from deployment.outputs import Outputs
from deployment.repository import PROJECT_NAME

PREFIX = f"{PROJECT_NAME}-dev"
CLUSTER = f"{PREFIX}-cluster"
SERVICES = [f"{PREFIX}-main-job-service", f"{PREFIX}-background-job-service"]


def expected_outputs(endpoint: str, account_id: str) -> Outputs:
    """The outputs that a trigger needs on its way, as the root dev will state them."""
    queues = f"{endpoint}/{account_id}/{PREFIX}"
    return Outputs(
        "dev",
        {
            "sqs_main_job_triggers_queue_url": f"{queues}-main-job-triggers",
            "cloudwatch_log_group_main_job": f"/ecs/{PREFIX}/main-job",
            "cloudwatch_log_group_background_job": f"/ecs/{PREFIX}/background-job",
            "ledger_table_name": f"{PREFIX}-ledger",
        },
    )
