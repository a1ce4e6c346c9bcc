"""The pages of AWS CLI commands work word for word on the local stack."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OPERATIONS, RUNBOOKS = ROOT / "docs/operations.md", ROOT / "docs/runbooks.md"
TIMEOUT_SECONDS = 240

pytestmark = [
    pytest.mark.stack,
    pytest.mark.aws_cli,
]


def test_every_command_of_the_operations_page_succeeds(stack: Any) -> None:
    assert "MD5OfMessageBody" in _run(stack, _blocks(OPERATIONS))


def test_every_command_to_look_with_of_the_runbooks_succeeds(stack: Any) -> None:
    """Those that change something are in blocks of `sh`, which do not run here."""
    blocks = _blocks(RUNBOOKS)
    # The same command stands in several sections.
    _run(stack, list(dict.fromkeys(blocks)))

    assert len(blocks) > 16
    changing = re.compile(r"aws \S+ (?!describe|get|filter|receive)\S+")
    assert [block for block in blocks if changing.search(block)] == []


def _blocks(page: Path) -> list[str]:
    return re.findall(r"```bash\n(.*?)```", page.read_text(), re.DOTALL)


def _run(stack: Any, blocks: list[str]) -> str:
    assert len(blocks) >= 6
    script = f'set -euo pipefail\nsource "{stack.env_file}"\n' + "\n".join(blocks)
    ran = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
