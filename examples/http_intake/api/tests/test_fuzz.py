"""The API against its own OpenAPI document, with generated requests; whatever it takes can be stored."""

import json
import os
import subprocess
import sysconfig
from pathlib import Path

from background_job.handlers.store_submission import handle
from intake_world import TOKEN, IntakeWorld
from job_contract import Job, parse_job, parse_trigger
from job_world import RecordedLog
from main_job.handler import handle as handle_trigger

SCHEMATHESIS = Path(sysconfig.get_path("scripts")) / "schemathesis"
# The same requests in each run: a test that finds something new now and then stops those who changed nothing.
OPTIONS = ("--checks", "all", "--max-examples", "150", "--seed", "1", "--generation-database", "none")


def test_no_generated_request_breaks_the_document_and_all_that_is_taken_can_be_stored(
    world: IntakeWorld, tmp_path: Path
) -> None:
    api = world.start()
    hooks = {
        "FUZZ_TOKEN": TOKEN,
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
        "PYTHONPATH": str(Path(__file__).parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }

    fuzzed = subprocess.run(
        [SCHEMATHESIS, "run", f"{api.url}/openapi.json", *OPTIONS],
        cwd=tmp_path,
        env=os.environ | hooks,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr
    taken, bodies = api.lines("submission queued"), world.trigger_bodies()
    assert len(taken) > 50
    assert {line["status"] for line in api.lines("request refused")} == {401, 422}
    assert sorted(line["jobId"] for line in taken) == sorted(json.loads(body)["jobId"] for body in bodies)
    for body in bodies:
        stored = handle(job_of(body), RecordedLog(), 1)
        assert "token" not in stored["data"]


def job_of(body: str) -> Job:
    """The job that main_job makes of a trigger, after its way over a queue."""
    job = handle_trigger(parse_trigger(body), message_id="m", sent_at_ms=1_780_000_000_000)
    assert isinstance(job, Job)
    return parse_job(job.encode())
