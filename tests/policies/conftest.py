"""What our policies say of all cases: checkov is run once for plans and once for workflows."""

import json
from pathlib import Path
from typing import Any

import pytest

from policy_command.scanning import CHECKOV_PYTHON


@pytest.fixture(scope="session", autouse=True)
def checkov() -> None:
    """Checkov's own environment; never skipped, for a policy that did not run has not passed."""
    assert CHECKOV_PYTHON.exists(), "checkov is not installed: run these tests by `make test`"


@pytest.fixture(scope="session")
def prod(plans: Any) -> dict[str, Any]:
    """The first plan of prod. Copy it before you change it."""
    path: Path = plans.path("prod")
    plan: dict[str, Any] = json.loads(path.read_text())
    return plan
