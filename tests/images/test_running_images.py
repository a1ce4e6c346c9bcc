"""The images run as on Fargate: as nobody, with nothing but loopback, on what the plan of dev gives them."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from contract_messages import job, message, trigger
from deployment.release import SERVICES
from image_engines import Engines
from image_task import Container, loopback_network
from image_world import World, container_definitions, wait_for
from job_contract import JobState, LedgerRecord, new_job_id

# The first test waits for all that is built, in a new clone also for what it is built from.
pytestmark = [pytest.mark.images, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]
STOP_TIMEOUT_SECONDS = 20


@pytest.fixture(scope="module")
def definitions(plans: Mapping[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return container_definitions(plans["dev"])


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """An embedded AWS whose names no other test uses."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())["endpoint"]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(STOP_TIMEOUT_SECONDS)


@pytest.fixture(scope="module")
def world(endpoint: str, definitions: dict[str, dict[str, Any]]) -> World:
    return World(endpoint, definitions)


@pytest.fixture(scope="module")
def task(
    builders: Engines,
    images: Mapping[str, str],
    definitions: dict[str, dict[str, Any]],
    world: World,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Container]]:
    """Service → its container, started."""
    folder, endpoint = tmp_path_factory.mktemp("task"), world.aws.endpoint
    with loopback_network(builders, images["main_job"], folder, endpoint) as network:
        yield {service: network.run(images[service], definitions[service]) for service in SERVICES}


@pytest.fixture(params=SERVICES)
def container(request: pytest.FixtureRequest, task: dict[str, Container]) -> Container:
    return task[request.param]


STATUS = """
import json
lines = open("/proc/1/status").read().splitlines()
print(json.dumps({name: value.split() for name, value in (line.split(":", 1) for line in lines)}))
"""
WRITABLE = """
import json, os
found = []
for folder, folders, files in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("dev", "proc", "sys", "tmp")]
    found += [path for name in (".", *files) if os.access(path := os.path.join(folder, name), os.W_OK)]
print(json.dumps(found))
"""
REACHES = """
import json, socket
def reaches(host, port):
    try:
        socket.create_connection((host, port), 5).close()
    except OSError as error:
        return error.strerror
    return "connected"
print(json.dumps([
    sorted(name for _, name in socket.if_nameindex()),
    reaches("192.0.2.1", 443),
    reaches("127.0.0.1", 4566),
    reaches("127.0.0.1", %d),
]))
"""


def test_a_container_runs_as_nobody_without_rights(container: Container) -> None:
    status = container.python(STATUS)
    assert (status["Uid"], status["Gid"]) == (["10001"] * 4, ["10001"] * 4)
    assert status["Groups"] in ([], ["10001"])
    assert {status[name][0] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert status["NoNewPrivs"] == ["1"]


def test_a_container_can_write_to_tmp_only(container: Container) -> None:
    assert container.python(WRITABLE) == []
    assert container.run("python", "-c", "open('/tmp/probe', 'w').close()").exit_code == 0


def test_a_container_reaches_nothing_but_loopback(container: Container, world: World) -> None:
    port = int(world.aws.endpoint.rpartition(":")[2])
    interfaces, outside, aws, machine = container.python(REACHES % port)
    assert interfaces == ["lo"]
    assert outside == "Network is unreachable"
    assert aws == "connected"
    assert machine == "Connection refused", "the machine's own loopback is another one"


def test_the_health_check_of_the_task_definition_reports_healthy(container: Container) -> None:
    kind, *command = container.definition["healthCheck"]["command"]
    assert kind == "CMD"
    wait_for(lambda: container.run(*command).exit_code == 0, f"{container.name} healthy")


def test_a_trigger_becomes_a_job_that_succeeds(task: dict[str, Container], world: World) -> None:
    job_id = new_job_id()
    world.triggers.send(trigger("main-job-processing", {"order": 17}, jobId=job_id, correlationId="order-17"))
    record = wait_for(lambda: finished(world, job_id), f"job {job_id}")
    assert (record.state, record.attempts, record.correlation_id) == (JobState.SUCCEEDED, 1, "order-17")
    assert world.aws.result(record.result)
    lines = [json.loads(event["message"]) for event in world.aws.log_events(record)]
    assert lines[0]["message"] == "Processing background job: main-job-processing"
    assert {line["jobId"] for line in lines} == {job_id}
    assert world.triggers.is_empty() and world.jobs.is_empty()


def test_nothing_is_compiled_while_it_runs(container: Container) -> None:
    """By Python's own account of its imports: it takes each module's compiled file, and writes none."""
    module = container.definition["name"].replace("-", "_")
    ran = container.run("python", "-v", "-c", f"import {module}.__main__")
    assert ran.exit_code == 0, ran.errors
    said = ran.errors.splitlines()
    assert [line for line in said if line.startswith("# code object from /app/")] == []
    taken = [line for line in said if line.startswith("# code object from '/app/")]
    assert any(f"/app/{module}/__pycache__/" in line for line in taken)
    assert {line for line in taken if ".pyc'" not in line} == set()
    assert [line for line in said if line.startswith(("# wrote", "# could not create"))] == []


def test_sigterm_ends_main_job_and_what_still_arrives_is_left_to_others(
    task: dict[str, Container], world: World
) -> None:
    container = task["main_job"]
    terminate(container)
    # The long poll that is out brings it, and it is handed back: nobody waits for its visibility to end.
    world.triggers.send(trigger(triggerBackgroundJob=False))
    assert container.exit_code() == 0
    assert drained(container)["clean"] is True
    assert world.triggers.counts() == (1, 0, 0)


def test_sigterm_ends_background_job_when_the_job_in_flight_is_done(
    task: dict[str, Container], world: World
) -> None:
    container, job_id = task["background_job"], new_job_id()
    send_job(world, job_id, seconds=3)
    wait_for(lambda: world.aws.record(job_id), f"job {job_id} begun")
    terminate(container)
    send_job(world, new_job_id(), seconds=60)
    assert container.exit_code() == 0
    record = world.aws.record(job_id)
    assert record is not None and (record.state, record.attempts) == (JobState.SUCCEEDED, 1)
    line = drained(container)
    assert line["clean"] is True
    assert line["seconds"] < drain_seconds(container)
    assert world.jobs.counts() == (1, 0, 0), "the later job is there for another task"


def finished(world: World, job_id: str) -> LedgerRecord | None:
    record = world.aws.record(job_id)
    return record if record and record.state in (JobState.SUCCEEDED, JobState.DEAD) else None


def send_job(world: World, job_id: str, *, seconds: float) -> None:
    world.jobs.send(message(job("simulate-work", {"sleepSeconds": seconds}, job_id=job_id)))


def terminate(container: Container) -> None:
    container.terminate()
    wait_for(lambda: container.said("stop asked for"), f"{container.name} has got SIGTERM")


def drained(container: Container) -> dict[str, Any]:
    """The line in which a service says how it ended."""
    (line,) = container.said("drained")
    return line


def drain_seconds(container: Container) -> float:
    environment = {each["name"]: each["value"] for each in container.definition["environment"]}
    return float(environment["DRAIN_TIMEOUT_SECONDS"])
