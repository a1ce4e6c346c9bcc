"""The service that the README shows works word for word."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from queue_world import World, wait_until

README = Path(__file__).parents[1] / "README.md"


def test_the_service_of_the_readme_runs_as_it_stands(world: World, tmp_path: Path) -> None:
    program = tmp_path / "service.py"
    found = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert found is not None
    program.write_text(found[1])
    assert sum(bool(line.strip()) for line in found[1].splitlines()) <= 15
    world.send("https://example.com/cat.png", "no url")
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": world.proxy.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "QUEUE_URL": world.queue_url,
        "DEAD_LETTER_QUEUE_URL": world.dead_letter_queue_url,
        "WAIT_TIME_SECONDS": "1",
        "HEALTH_FILE": str(tmp_path / "health"),
    }
    with subprocess.Popen(
        [sys.executable, str(program)], env=environment, stdout=subprocess.PIPE, text=True
    ) as service:
        try:
            wait_until(lambda: world.counts(world.dead_letter_queue_url)[0] == 1)
            wait_until(lambda: world.counts() == (0, 0))
            wait_until((tmp_path / "health").exists)
        finally:
            service.send_signal(signal.SIGTERM)
        output, _ = service.communicate(timeout=60)
    assert service.returncode == 0
    assert "thumbnail made of https://example.com/cat.png" in output
