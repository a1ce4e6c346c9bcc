"""The page of AWS CLI commands works word for word on the local stack."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
TIMEOUT_SECONDS = 240

pytestmark = [
    pytest.mark.stack,
    pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not on PATH"),
]


def test_every_command_of_the_page_succeeds(stack: Any) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) >= 6
    script = f'set -euo pipefail\nsource "{stack.env_file}"\n' + "\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "MD5OfMessageBody" in ran.stdout
