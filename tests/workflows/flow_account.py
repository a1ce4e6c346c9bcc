"""The account that the fork deploys to: an embedded AWS with IAM, to which everything was applied once."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.bootstrap import ensure_state_bucket
from deployment.terraform import prepare_terraform
from deployment.variables import process_environment
from flow_fork import REPOSITORY, Fork
from github_jobs import ACCOUNT, PROJECT, client
from pipeline.images import build, find_engine, push
from pipeline.release import content_release

ENVIRONMENTS = ("dev", "staging", "prod")
ROOTS = ("shared", *ENVIRONMENTS)
STATES = f"{PROJECT}-state-{ACCOUNT}"
SERVICES = {"main_job": "main-job", "background_job": "background-job"}
APPLY_TIMEOUT_SECONDS = 240
STOP_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Account:
    """The running embedded AWS, its access log, and a person's (root's) environment for it."""

    endpoint: str
    log: Path
    env: dict[str, str]

    def client(self, service: str) -> Any:
        """A client with root's keys."""
        return client(self.env, service)

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """The requests from a place in the log on; `mark` gives such a place."""
        lines = self.log.read_text().splitlines()[since:]
        return [json.loads(line) for line in lines]

    def mark(self) -> int:
        """How many requests the log has by now."""
        return len(self.log.read_text().splitlines())

    def state(self, root: str) -> dict[str, Any]:
        """The state of a root."""
        body = self.client("s3").get_object(Bucket=STATES, Key=f"{root}/terraform.tfstate")["Body"].read()
        read: dict[str, Any] = json.loads(body)
        return read

    def digests(self, environment: str) -> Any:
        """What is deployed there, by the state."""
        return self.state(environment)["outputs"]["image_digests"]["value"]

    def threshold(self, environment: str) -> float:
        """The threshold of the alarm that the tests change."""
        alarms = self.client("cloudwatch").describe_alarms(
            AlarmNames=[f"{PROJECT}-{environment}-dead-letters"]
        )
        return float(alarms["MetricAlarms"][0]["Threshold"])


@contextmanager
def embedded_aws(folder: Path, registry: str) -> Iterator[Account]:
    """An account with nothing but the bucket for states; ECR keeps images in the registry."""
    log = folder / "access.log"
    command = [sys.executable, "-m", "embedded_aws", "--port", "0", "--enforce-iam", "--log", str(log)]
    process = subprocess.Popen([*command, "--registry", registry], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        endpoint = str(json.loads(process.stdout.readline())["endpoint"])
        account = Account(endpoint, log, process_environment(os.environ, endpoint))
        ensure_state_bucket(account.client("s3"), ACCOUNT, "us-east-1")
        yield account
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_SECONDS)


def apply_every_root(account: Account, fork: Fork, folder: Path, digests: dict[str, str]) -> None:
    """What a person does once: `shared` and the environments, side by side."""
    copy = fork.clone(folder / "first-apply")
    roots = copy.folder / "infra/envs"
    for environment in ENVIRONMENTS:
        (roots / environment / "adopted.tf").write_text(_make_queues(account, environment))
    images = {"TF_VAR_image_digests": json.dumps(digests)}
    with ThreadPoolExecutor(len(ROOTS)) as pool:
        list(pool.map(lambda root: _apply(roots / root, folder / root, account.env | images), ROOTS))


def _apply(root: Path, data: Path, variables: dict[str, str]) -> None:
    setup = prepare_terraform(REPOSITORY, print)
    backend = [f"-backend-config=bucket={STATES}", "-backend-config=region=us-east-1"]
    for arguments in (["init", "-lockfile=readonly", *backend], ["apply", "-auto-approve"]):
        done = subprocess.run(
            [str(setup.binary), f"-chdir={root}", *arguments, "-input=false", "-no-color"],
            env=setup.environment(data, variables),
            capture_output=True,
            text=True,
            timeout=APPLY_TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr


def _make_queues(account: Account, environment: str) -> str:
    """The queues of an environment, for Terraform to adopt: it waits 25 s for each that it makes."""
    sqs, blocks = account.client("sqs"), []
    for queue in ("main-job-triggers", "background-jobs"):
        for kind, suffix, retention in (("dead_letter", "-dlq", "1209600"), ("work", "", "345600")):
            name = f"{PROJECT}-{environment}-{queue}{suffix}"
            attributes = {"MessageRetentionPeriod": retention, "MaximumMessageSize": "262144"}
            if kind == "work":
                arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}-dlq"
                redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": 100}
                attributes["RedrivePolicy"] = json.dumps(redrive, separators=(",", ":"))
            url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
            address = f'module.stack.aws_sqs_queue.{kind}["{queue}"]'
            blocks.append(f'import {{\n  to = {address}\n  id = "{url}"\n}}\n')
    return "\n".join(blocks)


@contextmanager
def running_services(account: Account, folder: Path) -> Iterator[None]:
    """The services of every environment as processes, as ECS would run them."""
    images = folder / "images.json"
    images.write_text(
        json.dumps(
            {
                f"{PROJECT}-{name}": str(REPOSITORY / "services" / service)
                for service, name in SERVICES.items()
            }
        )
    )
    agents = []
    for environment in ENVIRONMENTS:
        command = [sys.executable, "-m", "local_agent", "--cluster", f"{PROJECT}-{environment}-cluster"]
        command += ["--images", str(images), "--state-dir", str(folder / f"agent-{environment}")]
        with (folder / f"agent-{environment}.log").open("wb") as log:
            agents.append(subprocess.Popen(command, env=account.env, stdout=log, stderr=log))
    try:
        yield
    finally:
        for agent in agents:
            agent.terminate()
        for agent in agents:
            agent.wait(STOP_TIMEOUT_SECONDS)


def publish_images(fork: Fork, registry: str, folder: Path) -> dict[str, str]:
    """The images of the fork's first commit, as an earlier deployment has left them: service → digest."""
    digests, engine = {}, find_engine()
    for service, image in content_release(fork.folder, "HEAD").images.items():
        archive = build(fork.folder, service, engine, folder / "images")
        digests[service] = push(archive, f"{registry}/{PROJECT}-{SERVICES[service]}:{image.tag}")
    return digests
