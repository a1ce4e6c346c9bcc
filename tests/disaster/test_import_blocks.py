"""A state that is gone for good: `pipeline import-blocks` finds all that an environment has."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from deployment.product import product
from deployment.target import local_target
from first_plans import ROOTS, FirstPlans
from pipeline.recovery import import_blocks
from pipeline.recovery.lookups import Lookups, known_types
from pipeline.recovery.planned import Planned, to_create
from small_clone import BUCKET, STATE, STEP_SECONDS, SmallClone, lay_out

FIRST = ("disaster.md", "First, always")
GONE = ("disaster.md", "The state is gone for good")


def _as_if_it_exists(resource: Planned, _found: Any) -> str | None:
    return f"id of {resource.address}" if resource.type in known_types() else None


@pytest.mark.parametrize("root", ROOTS)
def test_each_type_of_each_root_has_a_rule(root: str, plans: FirstPlans) -> None:
    made = import_blocks(plans[root], _as_if_it_exists)

    assert made.unknown == []
    assert set(made.ids) == {each.address for each in to_create(plans[root])}


def test_ids_are_as_the_provider_takes_them(plans: FirstPlans) -> None:
    ids = import_blocks(plans["prod"], _as_if_it_exists).ids
    stack, prefix = "module.stack", f"{product().project_name}-prod"
    network = f'{stack}.module.network["own"]'
    main_job = f"{stack}.module.main_job.module.service"
    service = f"service/{prefix}-cluster/{prefix}-main-job-service"

    assert ids[f'{stack}.module.background_queue.aws_cloudwatch_metric_alarm.depth["on"]'] == (
        f"{prefix}-background-jobs-depth"
    )
    assert ids[f'{main_job}.aws_iam_role_policy.task["on"]'] == f"{prefix}-main-job-task:work"
    assert ids[f"{main_job}.aws_appautoscaling_target.this"] == (f"ecs/{service}/ecs:service:DesiredCount")
    # What is known only of another resource is that one's id.
    queue = f"{stack}.module.trigger_queue.aws_sqs_queue"
    assert ids[f"{queue}_policy.dead_letter"] == ids[f"{queue}.dead_letter"] == f"id of {queue}.dead_letter"
    subnet, table = (f'{network}.aws_{kind}.private["b"]' for kind in ("subnet", "route_table"))
    assert ids[f'{network}.aws_route_table_association.private["b"]'] == f"id of {subnet}/id of {table}"
    assert ids[f'{network}.aws_route.private_internet["b"]'] == f"id of {table}_0.0.0.0/0"


def test_what_is_not_there_is_left_to_be_created(plans: FirstPlans, aws_endpoint: str) -> None:
    """On an account that has nothing: what is looked up is not found, nor what needs it."""
    target = local_target(aws_endpoint)
    target.account_id = "123456789012"

    unknown = import_blocks(plans["dev"], Lookups(target)).unknown

    assert "module.stack.module.trigger_queue.aws_sqs_queue.this" in unknown
    assert "module.stack.module.trigger_queue.aws_sqs_queue_policy.this" in unknown
    assert 'module.stack.module.network["own"].aws_vpc.this' in unknown


def test_a_file_that_is_there_already_is_kept(tmp_path: Path) -> None:
    clone = SmallClone(tmp_path / "clone", "http://127.0.0.1:1")
    lay_out(clone.folder)
    (clone.folder / ".local/stack.env").touch()
    file = clone.folder / "infra/envs/dev/imports.tf"
    file.write_text("# by somebody\n")

    refused = clone.shell(".venv/bin/pipeline import-blocks dev")

    assert refused.returncode == 1
    assert refused.stderr == f"pipeline: {file} is there already; apply it or delete it first.\n"
    assert file.read_text() == "# by somebody\n"


@pytest.mark.slow
@pytest.mark.stack
@pytest.mark.timeout(STEP_SECONDS)
@pytest.mark.aws_cli
def test_an_environment_whose_state_is_gone_is_taken_over_again(stack: Any, tmp_path: Path) -> None:
    clone = SmallClone(tmp_path / "clone", stack.endpoint)
    lay_out(clone.folder, whole=True)
    shutil.copy(stack.env_file, clone.folder / ".local/stack.env")
    before = json.loads(clone.s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    clone.s3.delete_object(Bucket=BUCKET, Key=STATE)

    # Questions are answered with yes.
    printed = clone.follow(
        FIRST, GONE, change=lambda script: script.replace("make apply", "echo yes | make apply")
    )

    resources = _addresses(before)
    assert f"{len(resources)} import blocks" in printed
    assert f"{len(resources)} imported, 0 added" in printed
    assert "No changes." in printed
    after = json.loads(clone.s3.get_object(Bucket=BUCKET, Key=STATE)["Body"].read())
    assert _addresses(after) == resources


def _addresses(state: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return sorted(
        (each.get("module", ""), each["type"], each["name"], str(instance.get("index_key", "")))
        for each in state["resources"]
        if each["mode"] == "managed"
        for instance in each["instances"]
    )


def test_what_only_private_networks_have_is_found_by_its_tags(aws_endpoint: str) -> None:
    """NAT gateways, their addresses and flow logs: dev has none, so no import of it shows them."""
    target = local_target(aws_endpoint)
    ec2, tags = target.client("ec2"), {"Name": "found-by-tags", "Environment": "prod"}
    marked = [{"Key": key, "Value": value} for key, value in tags.items()]
    network = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.99.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    target.client("s3").create_bucket(Bucket="found-by-tags")
    made = {
        "aws_vpc": network,
        "aws_subnet": subnet,
        "aws_eip": address,
        "aws_nat_gateway": ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"][
            "NatGatewayId"
        ],
        "aws_flow_log": ec2.create_flow_logs(
            ResourceIds=[network],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="s3",
            LogDestination="arn:aws:s3:::found-by-tags",
        )["FlowLogIds"][0],
    }
    ec2.create_tags(Resources=list(made.values()), Tags=marked)

    assert {kind: _look_up(target, kind, tags) for kind in made} == made
    # Another environment's are not ours, and of two with the same tags nobody can tell which is meant.
    assert {_look_up(target, kind, tags | {"Environment": "dev"}) for kind in made} == {None}
    ec2.create_tags(Resources=[ec2.create_vpc(CidrBlock="10.98.0.0/16")["Vpc"]["VpcId"]], Tags=marked)
    assert _look_up(target, "aws_vpc", tags) is None


def _look_up(target: Any, kind: str, tags: dict[str, str]) -> str | None:
    return Lookups(target)(Planned(f"{kind}.this", "", kind, "this", None, {"tags_all": tags}, {}, {}), {})
