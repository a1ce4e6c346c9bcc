"""Start and stop of the process: settings, the task's id, the command line."""

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from background_job.settings import JobSettings
from background_job.task import task_id
from queue_worker import SettingsError

ENVIRONMENT = {
    "AWS_REGION": "us-east-1",
    "QUEUE_URL": "http://127.0.0.1:1/111122223333/jobs",
    "DEAD_LETTER_QUEUE_URL": "http://127.0.0.1:1/111122223333/jobs-dlq",
    "LEDGER_TABLE": "ledger",
    "RESULTS_BUCKET": "results",
    "JOB_LOG_GROUP": "/jobs",
    "CUSTOM_LOG_GROUP": "/custom",
}
OWN = [name for name in ENVIRONMENT if not name.endswith("QUEUE_URL")]


@pytest.mark.parametrize("name", OWN)
def test_a_missing_setting_is_named_in_one_sentence(name: str) -> None:
    environment = {key: value for key, value in ENVIRONMENT.items() if key != name}
    with pytest.raises(SettingsError, match=f"^{name} is not set"):
        JobSettings.from_env(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAULT_INJECTION", "yes"),
        ("LEDGER_RETENTION_DAYS", "14"),
        ("LOG_FLUSH_SECONDS", "0"),
        ("LOG_STREAMS_PER_SECOND", "51"),
        ("LOG_BUFFER_BYTES", "many"),
        ("ECS_CONTAINER_METADATA_URI_V4", "not a url"),
    ],
)
def test_a_wrong_setting_is_named_with_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is '{value}'"):
        JobSettings.from_env({**ENVIRONMENT, name: value})


def test_fault_injection_is_off_unless_it_is_switched_on() -> None:
    assert not JobSettings.from_env(ENVIRONMENT).fault_injection
    assert JobSettings.from_env({**ENVIRONMENT, "FAULT_INJECTION": "on"}).fault_injection


@pytest.mark.parametrize("name", ["QUEUE_URL", "LEDGER_TABLE"])
def test_the_process_ends_with_one_sentence_and_no_traceback(name: str) -> None:
    environment = {**os.environ, **ENVIRONMENT}
    del environment[name]
    ended = subprocess.run(
        [sys.executable, "-m", "background_job"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"background_job cannot start: {name} is ")
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.fixture
def metadata_url() -> Iterator[str]:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {
                "/v4/abc/task": b'{"TaskARN": "arn:aws:ecs:us-east-1:111122223333:task/cluster/0a1b2c"}',
                "/odd/task": b"[]",
                "/broken/task": b"{",
            }.get(self.path)
            self.send_response(200 if body else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_task_id_is_the_last_part_of_the_tasks_arn(metadata_url: str) -> None:
    assert task_id(f"{metadata_url}/v4/abc") == "0a1b2c"


@pytest.mark.parametrize("path", ["/odd", "/broken", "/missing"])
def test_without_metadata_host_and_process_name_the_task(metadata_url: str, path: str) -> None:
    for url in ("", f"{metadata_url}{path}", "http://127.0.0.1:1"):
        name = task_id(url)
        assert name.endswith(f"-{os.getpid()}")
        assert not set(name) & set(":*/ ")
