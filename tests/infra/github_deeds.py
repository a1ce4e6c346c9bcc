"""What a job of GitHub might try: reading content, reaching other environments, giving itself more."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from github_jobs import ACCOUNT, PROJECT, REGION, client

Deed = Callable[[], Any]
LAYER = f"sha256:{'a' * 64}"

STATES = f"{PROJECT}-state-{ACCOUNT}"
DEV, STAGING = f"{PROJECT}-dev", f"{PROJECT}-staging"
BY_ECS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
EVERYTHING = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def deeds(env: dict[str, str]) -> dict[str, Deed]:
    """What a job might try, by name."""
    return (
        _deeds_with_data(env)
        | _deeds_with_roles(env)
        | _deeds_with_services(env)
        | _deeds_of_a_smoke_test(env, DEV)
        | _deeds_of_a_smoke_test(env, STAGING)
        | _deeds_of_a_load_test(env, DEV)
        | _deeds_of_a_load_test(env, STAGING)
    )


def _deeds_of_a_load_test(env: dict[str, str], prefix: str) -> dict[str, Deed]:
    """What `jobctl load` does with an environment, and what is next to it."""
    name = prefix.rpartition("-")[2]
    sqs, ecs, dynamodb = (client(env, service) for service in ("sqs", "ecs", "dynamodb"))
    queues = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{prefix}"
    entry = {"Id": "0", "MessageBody": "{}"}
    ledger, job = f"{prefix}-ledger", {"jobId": {"S": "1"}}

    def read(attributes: str | None) -> Deed:
        names = {f"#{each}": each for each in (attributes or "").split()}
        asked = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names}
        return partial(
            dynamodb.batch_get_item, RequestItems={ledger: {"Keys": [job]} | (asked if attributes else {})}
        )

    return {
        f"send {name} ten triggers": partial(
            sqs.send_message_batch, QueueUrl=f"{queues}-main-job-triggers", Entries=[entry]
        ),
        f"send {name} a job": partial(
            sqs.send_message_batch, QueueUrl=f"{queues}-background-jobs", Entries=[entry]
        ),
        f"count {name}'s dead letters": partial(
            sqs.get_queue_attributes,
            QueueUrl=f"{queues}-background-jobs-dlq",
            AttributeNames=["ApproximateNumberOfMessages"],
        ),
        f"delete {name}'s messages": partial(sqs.purge_queue, QueueUrl=f"{queues}-main-job-triggers"),
        f"see the times of {name}'s jobs": read("jobId state attempts queuedAtMs finishedAtMs durationMs"),
        f"see the results of {name}'s jobs": read("jobId state result"),
        f"see all of {name}'s jobs": read(None),
        f"count {name}'s tasks": partial(
            ecs.describe_services, cluster=f"{prefix}-cluster", services=[f"{prefix}-main-job-service"]
        ),
        f"scale {name}": partial(
            ecs.update_service,
            cluster=f"{prefix}-cluster",
            service=f"{prefix}-main-job-service",
            desiredCount=9,
        ),
        f"see {name}'s task definition": partial(
            ecs.describe_task_definition, taskDefinition=f"{prefix}-main-job"
        ),
    }


def _deeds_of_a_smoke_test(env: dict[str, str], prefix: str) -> dict[str, Deed]:
    """What `pipeline apply` does with an environment after Terraform, and what is next to it."""
    name = prefix.rpartition("-")[2]
    sqs, ecs, s3, dynamodb = (client(env, service) for service in ("sqs", "ecs", "s3", "dynamodb"))
    queue = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{prefix}-main-job-triggers"
    job = partial(dynamodb.get_item, TableName=f"{prefix}-ledger", Key={"jobId": {"S": "1"}})
    state = {"ProjectionExpression": "#state, reason", "ExpressionAttributeNames": {"#state": "state"}}
    hidden = {
        "ProjectionExpression": "#state, #other",
        "ExpressionAttributeNames": {"#state": "state", "#other": "correlationId"},
    }
    release = {"Bucket": STATES, "Key": f"{name}/release.json"}
    return {
        f"send {name} a trigger": partial(sqs.send_message, QueueUrl=queue, MessageBody="{}"),
        f"receive {name}'s triggers": partial(sqs.receive_message, QueueUrl=queue, WaitTimeSeconds=0),
        f"see the state of {name}'s job": partial(job, **state),
        f"see all of {name}'s job": job,
        f"see something else of {name}'s job": partial(job, **hidden),
        f"scan {name}'s jobs": partial(dynamodb.scan, TableName=f"{prefix}-ledger", **state),
        f"list {name}'s tasks": partial(
            ecs.list_tasks, cluster=f"{prefix}-cluster", serviceName=f"{prefix}-main-job-service"
        ),
        f"see why {name}'s task stopped": partial(
            ecs.describe_tasks, cluster=f"{prefix}-cluster", tasks=["0123"]
        ),
        f"see what {name} runs": partial(s3.get_object, **release),
        f"write down what {name} runs": partial(s3.put_object, **release, Body=b"{}"),
        f"forget what {name} runs": partial(s3.delete_object, **release),
    }


def _deeds_with_data(env: dict[str, str]) -> dict[str, Deed]:
    s3, sqs, logs = client(env, "s3"), client(env, "sqs"), client(env, "logs")
    state = {"Bucket": STATES, "Body": b"{}"}
    dev_queue, staging_queue = (
        f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{prefix}-background-jobs" for prefix in (DEV, STAGING)
    )
    attributes = {"VisibilityTimeout": "31"}
    return {
        "read dev's state": partial(s3.get_object, Bucket=STATES, Key="dev/terraform.tfstate"),
        "read staging's state": partial(s3.get_object, Bucket=STATES, Key="staging/terraform.tfstate"),
        "write dev's state": partial(s3.put_object, **state, Key="dev/terraform.tfstate"),
        "lock dev's state": partial(s3.put_object, **state, Key="dev/terraform.tfstate.tflock"),
        "delete dev's state": partial(s3.delete_object, Bucket=STATES, Key="dev/terraform.tfstate"),
        "read what else is in the bucket": partial(s3.get_object, Bucket=STATES, Key="notes.txt"),
        "read a result": partial(s3.get_object, Bucket=f"{DEV}-results-{ACCOUNT}", Key="job/1"),
        "look at dev's queue": partial(sqs.get_queue_attributes, QueueUrl=dev_queue, AttributeNames=["All"]),
        "change dev's queue": partial(sqs.set_queue_attributes, QueueUrl=dev_queue, Attributes=attributes),
        "change staging's queue": partial(
            sqs.set_queue_attributes, QueueUrl=staging_queue, Attributes=attributes
        ),
        "receive dev's messages": partial(sqs.receive_message, QueueUrl=dev_queue, WaitTimeSeconds=0),
        "send messages": partial(sqs.send_message, QueueUrl=dev_queue, MessageBody="{}"),
        "read dev's logs": partial(logs.filter_log_events, logGroupName=f"/ecs/{DEV}/main-job"),
        "read a parameter": partial(client(env, "ssm").get_parameter, Name=f"/{DEV}/token"),
        "read a secret": partial(client(env, "secretsmanager").get_secret_value, SecretId=f"{DEV}/database"),
        "read the ledger": partial(
            client(env, "dynamodb").get_item, TableName=f"{DEV}-ledger", Key={"jobId": {"S": "1"}}
        ),
        "delete staging's queue": partial(sqs.delete_queue, QueueUrl=staging_queue),
        # Last: it is gone then.
        "delete dev's queue": partial(
            sqs.delete_queue, QueueUrl=dev_queue.replace("background-jobs", "old-jobs")
        ),
    }


def _deeds_with_roles(env: dict[str, str]) -> dict[str, Deed]:
    iam, ecs = client(env, "iam"), client(env, "ecs")
    policy, role = f"arn:aws:iam::{ACCOUNT}:policy", f"arn:aws:iam::{ACCOUNT}:role"

    def make(prefix: str, **more: Any) -> Deed:
        return partial(
            iam.create_role, RoleName=f"{prefix}-new-task", AssumeRolePolicyDocument=BY_ECS, **more
        )

    def run(task_role: str) -> Deed:
        container = {"name": "a", "image": "a", "memory": 64}
        family = f"{DEV}-main-job"
        return partial(
            ecs.register_task_definition,
            family=family,
            taskRoleArn=f"{role}/{task_role}",
            containerDefinitions=[container],
        )

    github = f"{PROJECT}-github"
    return {
        "look at roles": partial(iam.get_role, RoleName=f"{github}-plan"),
        "make a free role for dev": make(DEV),
        "make a bounded role for dev": make(DEV, PermissionsBoundary=f"{policy}/{DEV}-boundary"),
        "make a role for dev with staging's boundary": make(
            DEV, PermissionsBoundary=f"{policy}/{STAGING}-boundary"
        ),
        "make a role for staging with dev's boundary": make(
            STAGING, PermissionsBoundary=f"{policy}/{DEV}-boundary"
        ),
        "take a boundary away": partial(iam.delete_role_permissions_boundary, RoleName=f"{DEV}-new-task"),
        "let others deploy": partial(
            iam.update_assume_role_policy, RoleName=f"{github}-apply-prod", PolicyDocument=BY_ECS
        ),
        "give a deployer more": partial(
            iam.put_role_policy, RoleName=f"{github}-apply-dev", PolicyName="p", PolicyDocument=EVERYTHING
        ),
        "widen the limits": partial(
            iam.create_policy_version, PolicyArn=f"{policy}/{github}-limits", PolicyDocument=EVERYTHING
        ),
        "widen a boundary": partial(
            iam.create_policy_version, PolicyArn=f"{policy}/{DEV}-boundary", PolicyDocument=EVERYTHING
        ),
        "make a user": partial(iam.create_user, UserName="mallory"),
        "make a key": partial(iam.create_access_key, UserName="mallory"),
        "make a provider": partial(
            iam.create_open_id_connect_provider, Url="https://example.com", ClientIDList=["x"]
        ),
        "take a deployer's role": partial(
            client(env, "sts").assume_role, RoleArn=f"{role}/{github}-apply-prod", RoleSessionName="job"
        ),
        "run dev's task as dev's role": run(f"{DEV}-main-job-task"),
        "run dev's task as staging's role": run(f"{STAGING}-main-job-task"),
        "run dev's task as a deployer": run(f"{github}-apply-prod"),
        "run a command in a task": partial(
            ecs.execute_command, cluster=f"{DEV}-cluster", task="0123", command="sh", interactive=True
        ),
    }


def _deeds_with_services(env: dict[str, str]) -> dict[str, Deed]:
    ecr = client(env, "ecr")
    images = {"repositoryName": f"{PROJECT}-main-job"}
    old = [{"imageTag": "old"}]

    def alarm(prefix: str) -> Deed:
        return partial(
            client(env, "cloudwatch").put_metric_alarm,
            AlarmName=f"{prefix}-x",
            MetricName="m",
            Namespace="n",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            Statistic="Sum",
            ComparisonOperator="GreaterThanThreshold",
        )

    return {
        "log in to the registry": partial(ecr.get_authorization_token),
        "look up an image": partial(ecr.describe_images, **images),
        "see what an image is made of": partial(ecr.batch_get_image, **images, imageIds=old),
        "pull a layer of an image": partial(ecr.get_download_url_for_layer, **images, layerDigest=LAYER),
        "begin to push a layer": partial(ecr.initiate_layer_upload, **images),
        "push an image": partial(
            ecr.put_image, **images, imageManifest='{"schemaVersion": 2}', imageTag="content-1"
        ),
        "push another's image": partial(
            ecr.put_image, repositoryName="other", imageManifest='{"schemaVersion": 2}', imageTag="1"
        ),
        "delete an image": partial(ecr.batch_delete_image, **images, imageIds=old),
        "delete the repository": partial(ecr.delete_repository, **images, force=True),
        "change a repository": partial(
            ecr.put_image_tag_mutability, **images, imageTagMutability="IMMUTABLE"
        ),
        "make dev's alarm": alarm(DEV),
        "make staging's alarm": alarm(STAGING),
    }


def is_allowed(deed: Deed) -> bool:
    """Other errors, such as a queue that is not there, come after the permission."""
    try:
        deed()
    except ClientError as error:
        denied = error.response["ResponseMetadata"]["HTTPStatusCode"] == 403 or "Denied" in str(error)
        return not denied
    return True
