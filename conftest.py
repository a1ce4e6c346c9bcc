"""Fixtures for every package's tests: one embedded AWS per run."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from deployment.product import product
from hypothesis import HealthCheck, settings

START_TIMEOUT_SECONDS = 60
STOP_TIMEOUT_SECONDS = 20
# Folders whose files take longest, longest first: about 30 s a file and more.
LONG_FILES = (
    "tests/workflows/",
    "tests/images/",
    "tests/contract/",
    "tests/infra/",
    "tests/policies/",
    "services/background_job/",
    "tools/local_agent/",
    "examples/http_intake/",
)
# What the tests marked `images` use (.ci/run installs it); Debian's packages have these names, too.
IMAGE_TOOLS = ("buildah", "podman", "runc", "skopeo", "docker-registry", "mmdebstrap")
# Marker → what tests so marked need on PATH, and the variable that says it must be there.
NEEDS = {
    "images": (IMAGE_TOOLS, "REQUIRE_IMAGE_TOOLS"),
    "browser": (("chromium",), "REQUIRE_BROWSER"),
    "aws_cli": (("aws",), "REQUIRE_AWS_CLI"),
}
LEFT_OUT = pytest.StashKey[Counter[str]]()

# A slow machine is no failure.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


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


@pytest.fixture(scope="session")
def start_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Call it for the address, such as `127.0.0.1:40000`, of a new and empty registry for images."""
    with ExitStack() as running:
        yield lambda: running.enter_context(_registry(tmp_path_factory.mktemp("registry")))


@pytest.fixture(scope="session")
def registry(start_registry: Callable[[], str]) -> str:
    """The address of a registry for images that lives as long as the test run; all tests share its names."""
    return start_registry()


@contextmanager
def _registry(folder: Path) -> Iterator[str]:
    settings = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "images")}, "delete": {"enabled": True}},
        "http": {"addr": "127.0.0.1:0"},
    }
    # JSON is YAML, too.
    (folder / "settings.yml").write_text(json.dumps(settings))
    log = folder / "log"
    with log.open("wb") as stream:
        server = subprocess.Popen(["docker-registry", "serve", str(folder / "settings.yml")], stderr=stream)
    try:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not (found := re.search(r"listening on (127\.0\.0\.1:\d+)", log.read_text())):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        yield found[1]
    finally:
        server.terminate()
        server.wait(STOP_TIMEOUT_SECONDS)


# First of all: xdist reads the groups in this hook, too, and would find none.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what cannot run here, and spreads the rest.

    With several processes (`-n`), a file's tests stay together, and so do all that share the stack.

    Those with the stack come first, and those marked `waits`: they mostly wait, so the others fill the time.
    Then come the folders with long files, so that no process is left alone with one at the end.
    """
    _leave_out_what_misses_tools(config, items)
    for item in items:
        on_stack = item.get_closest_marker("stack") is not None
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group("stack" if on_stack else _place(item)))
    items.sort(key=_place_in_the_run)


def _missing_tools(item: pytest.Item) -> list[str]:
    """Always empty where they must be there: then the tests fail that miss one."""
    needed = [
        tool
        for marker, (tools, required) in NEEDS.items()
        if item.get_closest_marker(marker) is not None and os.environ.get(required) != "1"
        for tool in tools
    ]
    return [tool for tool in needed if shutil.which(tool) is None]


def _leave_out_what_misses_tools(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _missing_tools(item)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def _place_in_the_run(item: pytest.Item) -> int:
    if item.get_closest_marker("stack") or item.get_closest_marker("waits"):
        return 0
    ranks = (rank for rank, first in enumerate(LONG_FILES, 1) if _place(item).startswith(first))
    return next(ranks, len(LONG_FILES) + 1)


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Counts what is left out, by reason. With several processes each of them leaves the same tests out."""
    option = items[0].config.option
    chosen = " and ".join(f"'{expression}'" for expression in (option.markexpr, option.keyword) if expression)
    wants = (", ".join(_missing_tools(item)) for item in items)
    reasons = (f"for want of {want}" if want else f"by {chosen}" for want in wants)
    stash = items[0].config.stash
    stash.setdefault(LEFT_OUT, Counter()).update(reasons)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that prints."""
    if hasattr(session.config, "workeroutput"):
        left_out: Counter[str] = session.config.stash.get(LEFT_OUT, Counter())
        session.config.workeroutput["left_out"] = dict(left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hears what a process has told; one that crashed has told nothing."""
    stash = node.config.stash
    told: Counter[str] = Counter(getattr(node, "workeroutput", {}).get("left_out", {}))
    # For each reason the larger count.
    before: Counter[str] = stash.get(LEFT_OUT, Counter())
    stash[LEFT_OUT] = before | told


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
    left_out: Counter[str] = terminalreporter.config.stash.get(LEFT_OUT, Counter())
    why = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
    note = f"; left out {why}" if why else "; nothing left out"
    terminalreporter.write_line(f"Ran {sum(places.values())} tests: {ran}{note}")
