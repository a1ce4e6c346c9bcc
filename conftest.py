"""Fixtures for every package's tests: one embedded AWS per run."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from deployment.product import product

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20
# Folders whose files take longest, longest first: about 30 s a file and more.
LONG_FILES = (
    "tests/contract/",
    "tests/infra/",
    "tests/policies/",
    "services/background_job/",
    "tools/local_agent/",
)
LEFT_OUT = pytest.StashKey[int]()


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """The URL of an embedded AWS that lives as long as the test run."""
    with subprocess.Popen(
        [sys.executable, "-m", "embedded_aws", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())["endpoint"]
        finally:
            server.terminate()
            server.wait(STOP_TIMEOUT_SECONDS)


@pytest.fixture(scope="session")
def aws_session() -> boto3.Session:
    """A session with credentials that only an emulator takes."""
    region = product().aws_region
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=region)


# First of all: xdist reads the groups in this hook, too, and would find none.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several processes (`-n`), a file's tests stay together, and so do all that share the stack.

    Those with the stack come first, and those marked `waits`: they mostly wait, so the others fill the time.
    Then come the folders with long files, so that no process is left alone with one at the end.
    """
    for item in items:
        on_stack = item.get_closest_marker("stack") is not None
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("stack" if on_stack else _place(item)))
    items.sort(key=_place_in_the_run)


def _place_in_the_run(item: pytest.Item) -> int:
    if item.get_closest_marker("stack") or item.get_closest_marker("waits"):
        return 0
    ranks = (rank for rank, first in enumerate(LONG_FILES, 1) if _place(item).startswith(first))
    return next(ranks, len(LONG_FILES) + 1)


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Counts what is left out. With several processes each of them leaves the same tests out."""
    stash = items[0].config.stash
    stash[LEFT_OUT] = stash.get(LEFT_OUT, 0) + len(items)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hears what a process has told; one that crashed has told nothing."""
    stash = node.config.stash
    told = getattr(node, "workeroutput", {}).get("left_out", 0)
    stash[LEFT_OUT] = max(stash.get(LEFT_OUT, 0), told)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The last word of a run: what ran, by place, and what was left out."""
    places: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            places["/".join(report.nodeid.split("/")[:2])] += 1
            for name, figure in report.user_properties:
                test = report.nodeid.rpartition("::")[2].partition("@")[0]
                terminalreporter.write_line(f"{test}: {name}: {figure}")
    ran = ", ".join(f"{place} {count}" for place, count in sorted(places.items()))
    left_out = terminalreporter.config.stash.get(LEFT_OUT, 0)
    expression = terminalreporter.config.option.markexpr or terminalreporter.config.option.keyword
    note = f"; left out {left_out} by '{expression}'" if left_out else "; nothing left out"
    terminalreporter.write_line(f"Ran {sum(places.values())} tests: {ran}{note}")
