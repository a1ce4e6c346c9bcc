"""What an environment's things are called: those of its outputs that follow from names alone.

For whoever may not read the state, which may hold sensitive values, and for the minute before there is one.
`tests/stack` holds them against what Terraform puts out.
"""

from deployment.outputs import Outputs
from deployment.product import Product


def named_outputs(product: Product, environment: str, queues: str) -> Outputs:
    """The outputs of an environment; `queues`, of `queues_url`, is what its queues' URLs begin with."""
    prefix = f"{product.project_name}-{environment}"
    return Outputs(
        environment,
        {
            "sqs_main_job_triggers_queue_url": f"{queues}/{prefix}-main-job-triggers",
            "sqs_main_job_triggers_dlq_url": f"{queues}/{prefix}-main-job-triggers-dlq",
            "sqs_background_jobs_queue_url": f"{queues}/{prefix}-background-jobs",
            "sqs_background_jobs_dlq_url": f"{queues}/{prefix}-background-jobs-dlq",
            "ecs_cluster_name": f"{prefix}-cluster",
            "ecs_main_job_service_name": f"{prefix}-main-job-service",
            "ecs_background_job_service_name": f"{prefix}-background-job-service",
            "cloudwatch_log_group_main_job": f"/ecs/{prefix}/main-job",
            "cloudwatch_log_group_background_job": f"/ecs/{prefix}/background-job",
            "cloudwatch_log_group_custom_processing": f"/ecs/{prefix}/custom-processing",
            "ledger_table_name": f"{prefix}-ledger",
        },
    )


def queues_url(account_id: str, region: str, endpoint: str | None = None) -> str:
    """What the URLs of an account's queues begin with, on AWS or at an endpoint."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{endpoint or f'https://sqs.{region}.{suffix}'}/{account_id}"
