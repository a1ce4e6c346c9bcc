"""A wrong start: one sentence that names the setting, exit code 2, no traceback, no message touched."""

import pytest
from contract_messages import job, message, trigger
from contract_processes import wait_for_exit
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_waiting import GENEROUS_SECONDS
from contract_world import World

NEEDED = {
    MAIN_JOB: ["QUEUE_URL", "DEAD_LETTER_QUEUE_URL", "NEXT_QUEUE_URL", "AWS_REGION"],
    BACKGROUND_JOB: [
        "QUEUE_URL",
        "DEAD_LETTER_QUEUE_URL",
        "LEDGER_TABLE",
        "RESULTS_BUCKET",
        "JOB_LOG_GROUP",
        "CUSTOM_LOG_GROUP",
        "AWS_REGION",
    ],
}
WRONG = {
    "QUEUE_URL": "main-job-triggers",
    "VISIBILITY_TIMEOUT_SECONDS": "half a minute",
    "HEARTBEAT_SECONDS": "1.5",
    "DRAIN_TIMEOUT_SECONDS": "5",
    "CONCURRENCY": "0",
    "MAX_IN_FLIGHT": "1",
    "LOG_LEVEL": "LOUD",
}


def refuses_to_start(services: Services, world: World, module: str, changed: dict[str, str]) -> str:
    """Starts the service with these settings; the one sentence that it ends with."""
    world.triggers.send(trigger())
    world.jobs.send(message(job()))
    process = services.start(module, environment(world, module, settings=changed))
    assert wait_for_exit(process, seconds=GENEROUS_SECONDS) == 2
    (sentence,) = [line for line in process.output.read_text().splitlines() if not line.startswith("{")]
    assert sentence.endswith(".")
    assert "Traceback" not in process.output.read_text()
    assert (world.triggers.counts(), world.jobs.counts()) == ((1, 0, 0), (1, 0, 0))
    return sentence


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in NEEDED.items() for name in names]
)
def test_a_missing_setting_is_named(services: Services, world: World, module: str, name: str) -> None:
    assert name in refuses_to_start(services, world, module, {name: ""})


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_its_value(services: Services, world: World, name: str) -> None:
    sentence = refuses_to_start(services, world, MAIN_JOB, {name: WRONG[name]})
    assert name in sentence
    assert WRONG[name] in sentence


@pytest.mark.parametrize("module", [MAIN_JOB, BACKGROUND_JOB])
def test_a_queue_that_does_not_exist_is_named(services: Services, world: World, module: str) -> None:
    url = f"{world.triggers.url}-that-nobody-made"
    assert url in refuses_to_start(services, world, module, {"QUEUE_URL": url})
