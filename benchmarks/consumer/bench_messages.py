"""The messages of each candidate: the same content, in the frame that its own producer puts around it."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench_candidates import Candidate
from canned_messages import SENT_AT_MS, Template, numbered_template, write_templates
from canned_process import CannedProcess, ServerFailed
from job_contract import Job, JobData, derive_job_id

REGION = "eu-central-1"
RECORDED = 10
_PRODUCE_SECONDS = 60.0


def aws_environment(server_url: str) -> dict[str, str]:
    """What leads a consumer to the canned server, and to no other."""
    queues = f"{server_url}/111122223333"
    return {
        "AWS_ENDPOINT_URL": server_url,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "QUEUE_URL": f"{queues}/source",
        "NEXT_QUEUE_URL": f"{queues}/next",
        "DEAD_LETTER_QUEUE_URL": f"{queues}/dead-letter",
    }


def message_file(
    candidate: Candidate, count: int, folder: Path, environment: Mapping[str, str]
) -> Path | None:
    """The file for the server, or None where its own numbered messages do."""
    if candidate.messages == "numbered":
        return None
    if candidate.messages == "jobs":
        file = folder / f"jobs-{count}.jsonl"
        if not file.exists():
            write_templates(file, [job_template(number) for number in range(count)])
        return file
    file = folder / f"{candidate.messages}.jsonl"
    if not file.exists():
        _record(candidate, file, environment)
    return file


def job_template(number: int) -> Template:
    """A job as main_job sends it."""
    job_id = derive_job_id(f"benchmark-{number}", SENT_AT_MS)
    job = Job(
        job_id=job_id,
        job_type="benchmark",
        timestamp="2027-01-15T08:00:00.000Z",
        correlation_id=f"benchmark-{job_id}",
        data=JobData(
            original_trigger={
                "trigger": "benchmark",
                "jobType": "benchmark",
                "data": {"customer": "Zoë Example", "amount": number},
            }
        ),
    )
    attributes = {
        name: {"DataType": "String", "StringValue": value} for name, value in job.attributes().items()
    }
    return Template(job.encode(), attributes)


def _record(candidate: Candidate, file: Path, environment: Mapping[str, str]) -> None:
    """Lets the peer's own producer send a few messages to a server that keeps them."""
    lines = "\n".join(numbered_template(number).body for number in range(RECORDED))
    with CannedProcess("--record", str(file), "--most-seconds", str(_PRODUCE_SECONDS)) as server:
        made = subprocess.run(
            [*candidate.command[:-1], "produce"],
            env={**environment, **candidate.environment(0), **aws_environment(server.url)},
            input=lines,
            text=True,
            capture_output=True,
            timeout=_PRODUCE_SECONDS,
            check=False,
        )
        sent = server.stop()["sent"]
    if made.returncode or sent != RECORDED:
        last = (made.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ServerFailed(f"The producer of {candidate.name} sent {sent} of {RECORDED} messages: {last}")
