"""The life of each example on an embedded AWS of its own: applied, clean, used, destroyed, nothing left.

By the commands of its README. `make test-examples` runs it and prints times and counts.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from clone_parts import lay_out_parts
from deployment.bootstrap import ensure_state_bucket
from deployment.product import LOCAL_ACCOUNT_ID, product
from deployment.target import local_target
from deployment.variables import process_environment
from example_readmes import resource_rows
from inventory import added, inventory

pytestmark = [pytest.mark.slow, pytest.mark.waits]

# The provider watches a database and a distribution for minutes; a busy machine doubles it.
STEP_SECONDS = 1200
LIFE_SECONDS = 5 * STEP_SECONDS
# Kinds of the inventory that an example has: what the list sees come, it would see stay.
OF_ALL = {
    *("cluster", "service", "task definition", "scaling target", "load balancer", "target group", "role"),
    *("log group", "key", "key alias", "repository", "event rule", "vpc", "subnet", "security group"),
}
MADE = {
    "service_fleet": OF_ALL
    | {"database", "subnet group", "parameter group", "bucket", "distribution", "nat gateway"}
    | {"namespace", "discovery service"},
    "api_worker_scheduler": OF_ALL | {"nat gateway", "queue", "secret", "schedule", "schedule group"},
    "http_intake": OF_ALL | {"queue", "table", "bucket", "topic", "dashboard", "metric alarm"},
}
# Where it is, unless it is in the product's region.
REGIONS = {"service_fleet": "us-east-1", "api_worker_scheduler": "eu-central-1", "http_intake": "us-east-1"}
FLEET = (
    *("gateway", "order", "customer", "inventory", "returns"),
    *("chatbot", "notification", "analytics", "salesforce"),
)
Record = Callable[[str, object], None]


@dataclass
class Example:
    """A copy of an example and of the modules, on an account of its own."""

    name: str
    folder: Path
    endpoint: str
    record: Record

    @property
    def region(self) -> str:
        """Where it is."""
        return REGIONS[self.name]

    def initialise(self) -> None:
        """As the README has it: with the account's bucket for states."""
        bucket = ensure_state_bucket(
            local_target(self.endpoint).client("s3"), LOCAL_ACCOUNT_ID, product().aws_region
        )
        backend = {"bucket": bucket, "region": product().aws_region}
        given = [f"-backend-config={name}={value}" for name, value in backend.items()]
        self.terraform("init", "-lockfile=readonly", *given)

    def terraform(self, command: str, *arguments: str, **variables: str) -> str:
        """What Terraform prints. Exit code 2 of a plan, which is not clean, is a failure as any other."""
        chdir = f"-chdir={self.folder / 'examples' / self.name / 'infra'}"
        settings = {"TF_DATA_DIR": str(self.folder / "terraform-data"), "TF_VAR_deletion_protection": "false"}
        return self.run(
            [sys.executable, "-m", "deployment.terraform", "--", chdir, command, "-no-color", *arguments],
            **settings,
            **{f"TF_VAR_{name}": value for name, value in variables.items()},
        )

    def run(self, command: list[str], stdin: str = "", **environment: str) -> str:
        """What a command prints; it must succeed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=process_environment(os.environ, self.endpoint) | environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=STEP_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def timed(self, step: str, run: Callable[[], str]) -> str:
        """Runs a step and notes its seconds and its summary."""
        start = time.monotonic()
        printed = run()
        summary = re.findall(r"^(?:Apply|Destroy) complete! (.*)$|^(No changes)", printed, re.MULTILINE)
        assert summary, printed
        self.record(step, f"{time.monotonic() - start:.0f} s; {' '.join(summary[-1]).strip()}")
        return printed

    def inventory(self) -> dict[str, set[str]]:
        """What there is where the example is."""
        return inventory(self.endpoint, self.region)


@pytest.fixture
def example(request: pytest.FixtureRequest, tmp_path: Path, record_property: Record) -> Iterator[Example]:
    """An example, by its name, whose commands talk to an empty embedded AWS."""
    lay_out_parts(tmp_path, "infra", "examples")
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            endpoint = json.loads(server.stdout.readline())["endpoint"]
            yield Example(request.param, tmp_path, endpoint, record_property)
        finally:
            server.terminate()


def _alone(name: str) -> object:
    # A process of its own each: they can then wait at the same time.
    return pytest.param(name, marks=pytest.mark.xdist_group(f"life of {name}"), id=name)


@pytest.mark.timeout(LIFE_SECONDS)
@pytest.mark.parametrize("example", [_alone(name) for name in MADE], indirect=True)
def test_an_example_lives_as_planned_and_leaves_nothing(example: Example) -> None:
    example.initialise()
    before = example.inventory()

    applied = example.timed("apply", lambda: example.terraform("apply", "-auto-approve"))
    assert f"{resource_rows(example.name)[1]} added, 0 changed, 0 destroyed" in applied
    assert set(added(before, example.inventory())) >= MADE[example.name]
    example.timed("second plan", lambda: example.terraform("plan", "-detailed-exitcode"))

    if use := USED.get(example.name):
        use(example)

    example.timed("destroy", lambda: example.terraform("destroy", "-auto-approve"))
    left = added(before, example.inventory())
    # Revisions of task definitions stay on purpose: an old image can be run again.
    assert set(left) == {"task definition"}, left


def _test_the_deployed_stack(example: Example) -> None:
    """The way of the README: outputs into the file, then the integration tests, which read it."""
    folder = example.folder / "examples/api_worker_scheduler"
    outputs = example.terraform("output", "-json")

    said = example.run([sys.executable, str(folder / "flat_outputs.py")], stdin=outputs)
    tested = example.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(folder / "integration/deployed_stack.py"),
        ]
    )

    assert re.fullmatch(r"8 outputs are in .*/cfn-outputs/flat-outputs\.json\n", said)
    assert re.search(r"^5 passed", tested, re.MULTILINE), tested


def _use_the_fleet(example: Example) -> None:
    """Its secrets come by ARN, its placeholders answer, and one variable stops it."""
    secrets = {"secret_arns": json.dumps(_secrets(example))}
    example.terraform("apply", "-auto-approve", **secrets)
    with _agent(example, "customer-order-portal-dev-cluster", _placeholders()) as state_file:
        answers = {service: _health(state_file, f"customer-order-portal-dev-{service}") for service in FLEET}

    # Each has a port of its own, and gets the secrets of its row alone.
    assert answers == {
        service: {"status": "ok", "service": service, "hasDatabaseUrl": service != "gateway"}
        for service in FLEET
    }
    _stop_the_fleet(example, secrets)
    # They are people's, and so stay when the fleet goes.
    names = [f"/portal/{name}" for name in json.loads(secrets["secret_arns"])]
    local_target(example.endpoint).client("ssm").delete_parameters(Names=names)


def _secrets(example: Example) -> dict[str, str]:
    ssm = local_target(example.endpoint).client("ssm")
    for name in ("DATABASE_URL", "OPENAI_API_KEY"):
        ssm.put_parameter(Name=f"/portal/{name}", Value=f"canary-{name}", Type="SecureString")
    prefix = f"arn:aws:ssm:{example.region}:{LOCAL_ACCOUNT_ID}:parameter/portal"
    return {name: f"{prefix}/{name}" for name in ("DATABASE_URL", "OPENAI_API_KEY")}


def _placeholders() -> dict[str, str]:
    """Repository → folder of what stands for its images."""
    return {f"customer-portal/{name}": "examples/service_fleet/placeholder" for name in FLEET}


@contextmanager
def _agent(example: Example, cluster: str, images: dict[str, str]) -> Iterator[Path]:
    """The local agent, which runs the cluster's services; its state file. All tasks end with the block."""
    (example.folder / "images.json").write_text(json.dumps(images))
    state = example.folder / "agent"
    command = [sys.executable, "-m", "local_agent", "--cluster", cluster]
    command += ["--images", "images.json", "--state-dir", str(state)]
    env = process_environment(os.environ, example.endpoint)
    with (example.folder / "agent.log").open("w") as log:
        agent = subprocess.Popen(command, cwd=example.folder, env=env, stdout=log, stderr=log)
        try:
            yield state / "agent.json"
        finally:
            agent.terminate()
            agent.wait(STEP_SECONDS)


def _health(state_file: Path, service: str) -> object:
    """What the service answers, once it does."""
    deadline = time.monotonic() + STEP_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, KeyError):
            address = json.loads(state_file.read_text())["addresses"][service]
            with urlopen(f"{address}/health", timeout=STEP_SECONDS) as answer:
                return json.load(answer)
        time.sleep(0.2)
    raise AssertionError(f"{service} does not answer")


def _stop_the_fleet(example: Example, secrets: dict[str, str]) -> None:
    """One variable: every service's bounds become 0, nothing scales it, and nothing else changes."""
    planned = example.terraform("plan", services_desired_count="0", **secrets)
    changed = re.findall(r"^  # (\S+) (?:will be|must be) (.+)$", planned, re.MULTILINE)

    # What would wake a service again goes, too.
    assert Counter((address.rpartition(".")[0].rpartition(".")[2], what) for address, what in changed) == {
        ("aws_appautoscaling_target", "updated in-place"): len(FLEET),
        ("aws_appautoscaling_policy", "destroyed"): 2 * len(FLEET),
    }
    example.terraform("apply", "-auto-approve", services_desired_count="0", **secrets)
    scaling = local_target(example.endpoint).client("application-autoscaling")
    targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert [(target["MinCapacity"], target["MaxCapacity"]) for target in targets] == [(0, 0)] * 9


# What is done with an example between its second plan and its end.
def _run_the_api_on_instances(example: Example) -> None:
    """One variable, and the API's tasks are on instances of a group that ECS scales."""
    printed = example.timed("to instances", lambda: _apply_on(example, "ec2"))
    assert 'module.api.module.service.aws_ecs_service.instances["on"]: Creation complete' in printed
    # Now the group has its values: nothing is left that would change.
    example.timed("second plan", lambda: example.terraform("plan", "-detailed-exitcode", capacity="ec2"))
    ecs = local_target(example.endpoint).client("ecs")
    where = {"cluster": "http-intake-dev-cluster", "services": ["http-intake-dev-api-on-instances"]}
    [service] = ecs.describe_services(**where)["services"]
    [share] = service["capacityProviderStrategy"]
    [provider] = ecs.describe_capacity_providers(capacityProviders=[share["capacityProvider"]])[
        "capacityProviders"
    ]
    assert "networkConfiguration" not in service
    assert provider["autoScalingGroupProvider"]["managedTerminationProtection"] == "ENABLED"
    example.timed("to Fargate", lambda: _apply_on(example, "fargate"))


def _apply_on(example: Example, capacity: str) -> str:
    return example.terraform("apply", "-auto-approve", capacity=capacity)


USED: dict[str, Callable[[Example], None]] = {
    "http_intake": _run_the_api_on_instances,
    "api_worker_scheduler": _test_the_deployed_stack,
    "service_fleet": _use_the_fleet,
}
