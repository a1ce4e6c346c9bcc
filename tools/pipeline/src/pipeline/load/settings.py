"""What a load test is asked to do, and what a job of GitHub's has the time and the right to do."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
from deployment.errors import BadInput
from deployment.repository import find_repository
from deployment.roots import SHARED, find_root
from job_contract import DEFAULT_JOB_TYPE, ContractError
from job_contract.trigger import check_job_type

SCENARIOS = ("steady", "burst", "ramp", "soak")
# Who runs on money or on patience of others is asked first.
ASKED_FIRST = frozenset({"prod"})
# The role's credentials last an hour; the rest is for the last jobs to end, and the report.
_MOST_SENDING_MINUTES = 30
# Reviewed and kept like code.
_BASELINES = Path("benchmarks/load")


@dataclass(frozen=True)
class LoadTest:
    """`rate` is triggers a second."""

    environment: str
    scenario: str
    count: int
    rate: float
    job_type: str

    def check(self, repository: Path) -> None:
        """Raises BadInput where no load test can be of that kind."""
        if self.environment == SHARED:
            raise BadInput("ENV is 'shared', where no service runs; it must be an environment.")
        find_root(self.environment, repository)
        if not math.isfinite(self.rate):
            raise BadInput(f"--rate is {self.rate}; it must be a number of triggers a second.")
        try:
            check_job_type(self.job_type)
        except ContractError as error:
            raise BadInput(f"--type: {error}") from None

    def check_time(self) -> None:
        """Raises BadInput where a job's credentials would end before the load does."""
        minutes = self.count / self.rate / 60
        if minutes > _MOST_SENDING_MINUTES:
            raise BadInput(
                f"--count {self.count} at --rate {self.rate:g} is sent in {minutes:,.0f} minutes; a workflow "
                f"has {_MOST_SENDING_MINUTES}, so send fewer or faster, or run `jobctl load` yourself."
            )

    @property
    def needs_approval(self) -> bool:
        """Whether a person has to approve it first."""
        return self.environment in ASKED_FIRST

    @property
    def baseline(self) -> Path:
        """Where in the repository the report is that this very load is compared with."""
        load = f"{self.scenario}-{self.count}-at-{self.rate:g}-{self.job_type}"
        return _BASELINES / f"{self.environment}-{load}.json"

    def arguments(self) -> list[str]:
        """What `jobctl load` is given."""
        return [
            *("--env", self.environment, "--scenario", self.scenario, "--count", str(self.count)),
            *("--rate", f"{self.rate:g}", "--type", self.job_type),
        ]

    def __str__(self) -> str:
        return (
            f"{self.scenario} load on {self.environment}: {self.count} triggers of type {self.job_type}, "
            f"{self.rate:g} a second"
        )


def load_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a load test; the command takes a checked LoadTest first."""

    @wraps(command)
    def checked(
        environment: str, scenario: str, count: int, rate: float, job_type: str, **others: Any
    ) -> Any:
        asked = LoadTest(environment, scenario, count, rate, job_type)
        asked.check(find_repository())
        return command(asked, **others)

    filled: Callable[..., Any] = checked
    for option in (
        click.option("--type", "job_type", default=DEFAULT_JOB_TYPE, show_default=True, help="Job type."),
        click.option(
            "--rate", type=click.FloatRange(min=0, min_open=True), required=True, help="Triggers a second."
        ),
        click.option("--count", type=click.IntRange(min=1), required=True, help="Triggers in all."),
        click.option("--scenario", type=click.Choice(SCENARIOS), required=True, help="How they come."),
        click.option("--env", "environment", required=True, help="Environment: dev, staging, prod."),
    ):
        filled = option(filled)
    return filled
