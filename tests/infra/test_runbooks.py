"""Every alarm has its runbook, every runbook its alarm, and what runbooks name exists."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from background_job.handlers import job_types
from deployment.product import product
from planned_metrics import planned_values

REPOSITORY = Path(__file__).resolve().parents[2]
RUNBOOKS = REPOSITORY / "docs/runbooks.md"
PREFIX = f"{product().project_name}-dev"
LONGEST_DESCRIPTION = 1024  # PutMetricAlarm, AlarmDescription
PARTS = ("**Means:**", "**How bad:**", "**Look:**", "**Do:**", "**Over when:**")


@pytest.fixture(scope="module")
def alarms(first_plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The alarms that tell people, by name. Those that drive scaling have actions that no plan knows."""
    planned = planned_values(first_plan, "aws_cloudwatch_metric_alarm")
    return {alarm["alarm_name"]: alarm for alarm in planned.values() if "alarm_actions" in alarm}


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """The sections for alarms, by heading."""
    parts = re.split(r"^### (.+)$", RUNBOOKS.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_each_alarm_has_a_section_and_each_section_an_alarm(
    alarms: dict[str, Any], sections: dict[str, str]
) -> None:
    assert {name.removeprefix(f"{PREFIX}-") for name in alarms} == set(sections)
    assert len(sections) >= 16


def test_an_alarm_says_what_it_means_what_to_look_at_and_what_to_do(alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        text = alarm["alarm_description"]
        meaning, look, do, runbook = text.split("\n")
        assert meaning.endswith("."), name
        assert look.startswith("Look at: "), name
        assert do.startswith("Do: "), name
        assert runbook == f"Runbook: docs/runbooks.md#{name.removeprefix(f'{PREFIX}-')}"
        assert len(text) <= LONGEST_DESCRIPTION, name


def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_ends(
    alarms: dict[str, Any], first_plan: dict[str, Any]
) -> None:
    topic = first_plan["planned_values"]["outputs"]["sns_alerts_topic_arn"]["value"]
    for name, alarm in alarms.items():
        assert alarm["alarm_actions"] == alarm["ok_actions"] == [topic], name
        assert alarm["actions_enabled"] is True, name


def test_what_a_missing_value_means_is_chosen_for_each_alarm(alarms: dict[str, Any]) -> None:
    chosen = {name.removeprefix(f"{PREFIX}-"): alarm["treat_missing_data"] for name, alarm in alarms.items()}
    silent = {name for name, treatment in chosen.items() if treatment == "ignore"}

    assert silent == {"main-job-triggers-dead-letters", "background-jobs-dead-letters"}
    assert set(chosen.values()) == {"ignore", "notBreaching"}


def test_a_job_that_takes_as_long_as_it_may_is_not_old(alarms: dict[str, Any]) -> None:
    """SQS counts a message until its job is done. simulate-work is for experiments, not for work."""
    longest_seconds = max(
        job_type.max_duration_seconds
        for name, job_type in job_types(fault_injection=False).items()
        if name != "simulate-work"
    )

    assert alarms[f"{PREFIX}-background-jobs-oldest-message"]["threshold"] > longest_seconds
    # The rule on the threshold knows the same figure.
    rule = (REPOSITORY / "infra/modules/stack/variables_alarms.tf").read_text()
    assert f"background_job_age_seconds > {longest_seconds}\n" in rule


def test_a_runbook_is_complete(sections: dict[str, str]) -> None:
    for name, text in sections.items():
        places = [text.find(part) for part in PARTS]
        assert -1 not in places, f"{name} lacks {PARTS[places.index(-1)]}"
        assert places == sorted(places), name
        assert "```bash" in text, f"{name} has no command to look with"
        assert re.search(r"\*\*How bad:\*\* (now|today|this week)\b", text), name


def test_the_widgets_and_queries_that_runbooks_name_exist(
    first_plan: dict[str, Any], sections: dict[str, str]
) -> None:
    [dashboard] = planned_values(first_plan, "aws_cloudwatch_dashboard").values()
    widgets = json.loads(dashboard["dashboard_body"])["widgets"]
    queries = planned_values(first_plan, "aws_cloudwatch_query_definition").values()
    known = {widget["properties"].get("title") for widget in widgets}
    known |= {query["name"].partition("/")[2] for query in queries}
    known |= _logged_messages()

    for name, text in sections.items():
        prose = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
        for quoted in re.findall(r'"([^"]+)"', prose):
            assert quoted in known, f'{name} names "{quoted}"'


def test_the_log_lines_that_commands_look_for_are_written(sections: dict[str, str]) -> None:
    messages = {
        message for text in sections.values() for message in re.findall(r'\$\.message = "([^"]+)"', text)
    }

    assert len(messages) >= 10
    assert messages <= _logged_messages()


def test_links_within_the_page_lead_to_sections(sections: dict[str, str]) -> None:
    others = re.findall(r"^## (.+)$", RUNBOOKS.read_text(), flags=re.MULTILINE)
    links = set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOKS.read_text()))

    assert links
    assert links <= set(sections) | {title.lower().replace(" ", "-") for title in others}


def test_the_order_of_importance_names_every_kind_of_alarm(sections: dict[str, str]) -> None:
    order = re.search(r"take them in this order: (.+?)\.", RUNBOOKS.read_text(), re.DOTALL)
    assert order is not None
    kinds = re.findall(r"`([\w-]+)`", order[1])
    owners = ("main-job-triggers", "background-jobs", "main-job", "background-job")

    found = {
        next(name.removeprefix(f"{o}-") for o in owners if name.startswith(f"{o}-")) for name in sections
    }

    assert set(kinds) == found


def _logged_messages() -> set[str]:
    """The texts in the services' source; a line's message is always one, whole."""
    folders = ("services/*/src", "libs/*/src")
    sources = [path.read_text() for folder in folders for path in REPOSITORY.glob(f"{folder}/**/*.py")]
    return {text for source in sources for text in re.findall(r'"([^"\n]+)"', source)}
