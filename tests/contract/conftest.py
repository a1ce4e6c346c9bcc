"""Fixtures of the contract tests: a world of queues, services to start, a proxy in between."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from contract_crash import Coverage
from contract_crash_session import CrashSession
from contract_figures import FIGURE, KILLS, Figures
from contract_processes import WarmParent, ended_at_the_end, tail
from contract_services import Services
from contract_world import Aws, World
from embedded_aws.fault_proxy import FaultProxy


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what was measured and covered."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    lines = [
        str(value)
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == FIGURE
    ]
    kills = [
        int(str(value))
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "teardown"
        for name, value in report.user_properties
        if name == KILLS
    ]
    if kills:
        lines.append(f"kill points covered: {sum(kills)} on {len(kills)} paths")
    if lines:
        terminalreporter.section("contract: what was covered and measured")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Lines that the end of the run shows."""
    return Figures(request.node.user_properties)


@pytest.fixture(scope="session")
def aws(aws_endpoint: str) -> Aws:
    """The embedded AWS with the stores that all tests share."""
    made = Aws(aws_endpoint)
    made.make_stores()
    return made


@pytest.fixture
def world(aws: Aws) -> World:
    """Queues of this test's own."""
    return World(aws)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that failed shows what its services said last: rare failures must leave a trace."""
    report = yield
    made = getattr(item, "funcargs", {}).get("services")
    if report.failed and isinstance(made, Services):
        report.sections += [(f"end of {process.output.name}", tail(process)) for process in made.started]
    return report


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Starts services; whatever still runs at the end is killed."""
    with ended_at_the_end() as note:
        yield Services(tmp_path, note)


@pytest.fixture
def proxy(aws: Aws) -> Iterator[FaultProxy]:
    """Stands between a service and the embedded AWS."""
    with FaultProxy(aws.endpoint) as made:
        yield made


@pytest.fixture(scope="session")
def warm_parent() -> Iterator[WarmParent]:
    """Forks services without the time of an interpreter's start."""
    parent = WarmParent()
    yield parent
    parent.close()


@pytest.fixture
def crash_session(
    aws: Aws, services: Services, warm_parent: WarmParent, figures: Figures
) -> Iterator[CrashSession]:
    """Kills services everywhere; what it covered stands at the end of the run."""
    kills: dict[str, Coverage] = {}
    yield CrashSession(aws, services, warm_parent, kills)
    for name, covered in kills.items():
        figures.add(f"{name}: {covered}")
        figures.count_kills(covered.kills)
