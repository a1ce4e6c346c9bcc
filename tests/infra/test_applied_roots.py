"""The applied roots say the same twice, and leave alone what is not theirs. Needs the local stack."""

import subprocess
from typing import Protocol

import boto3
import pytest

pytestmark = pytest.mark.stack

NO_CHANGES = 0


class Stack(Protocol):
    """What these tests need of the local stack."""

    @property
    def env(self) -> dict[str, str]:
        """The variables that reach the stack."""

    @property
    def outputs(self) -> dict[str, str]:
        """The Terraform outputs of the root dev."""

    def terraform(self, root: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs Terraform in an applied root."""

    def jobctl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs `jobctl` against this stack."""


@pytest.mark.parametrize("root", ["dev", "shared"])
def test_an_applied_root_plans_clean_at_once(stack: Stack, root: str) -> None:
    planned = stack.terraform(root, "plan", "-detailed-exitcode", "-input=false", "-no-color", "-lock=false")

    assert planned.returncode == NO_CHANGES, planned.stdout + planned.stderr


def test_jobctl_plans_on_the_sourced_stack_with_the_images_that_are_deployed(stack: Stack) -> None:
    planned = stack.jobctl("plan", "dev")

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "Images: as deployed: background_job sha256:0000" in planned.stderr
    assert "No changes." in planned.stdout


def test_scaling_by_hand_survives_the_next_apply(stack: Stack) -> None:
    ecs = boto3.client(
        "ecs",
        endpoint_url=stack.env["AWS_ENDPOINT_URL"],
        region_name=stack.env["AWS_REGION"],
        aws_access_key_id=stack.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=stack.env["AWS_SECRET_ACCESS_KEY"],
    )
    cluster, service = stack.outputs["ecs_cluster_name"], stack.outputs["ecs_main_job_service_name"]
    before = ecs.describe_services(cluster=cluster, services=[service])["services"][0]["desiredCount"]
    try:
        ecs.update_service(cluster=cluster, service=service, desiredCount=before + 1)

        planned = stack.terraform(
            "dev", "plan", "-detailed-exitcode", "-input=false", "-no-color", "-lock=false"
        )

        assert planned.returncode == NO_CHANGES, planned.stdout + planned.stderr
    finally:
        ecs.update_service(cluster=cluster, service=service, desiredCount=before)
