"""The simulation as a whole: it plays what Terraform deploys, and the document says what it prints."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import scaling_policies
import simulate as simulation
from scaling_arrivals import burst, daily_wave, steady
from scaling_parameters import REPOSITORY, WORKER, deployed_scaling
from scaling_report import END, NoMarkers, between_markers, duration
from scaling_runs import OURS, PLAIN, run, short_jobs

AUTOSCALING = (WORKER / "autoscaling.tf").read_text()


def test_the_document_and_the_picture_hold_what_the_simulation_prints() -> None:
    text, picture = simulation.simulate()

    document = simulation.DOCUMENT.read_text()
    assert between_markers(document, text) == document, "run `make simulate-scaling`"
    assert simulation.PICTURE.read_text() == picture, "run `make simulate-scaling`"
    ET.fromstring(picture)


def test_the_example_in_the_document_is_what_is_deployed() -> None:
    scaling = deployed_scaling()
    example = (
        f"{scaling.acceptable_wait_seconds:g} / {scaling.mean_job_seconds:g} * {scaling.concurrency} = "
        f"{scaling.target_backlog_per_task:g} messages behind each task"
    )

    assert example in simulation.DOCUMENT.read_text()


def test_the_target_is_computed_as_terraform_does() -> None:
    formula = "var.scaling.acceptable_wait_seconds / var.scaling.mean_job_seconds * var.worker.concurrency"
    scaling = deployed_scaling()

    assert f"target_backlog_per_task = {formula}\n" in AUTOSCALING
    assert scaling.target_backlog_per_task == (
        scaling.acceptable_wait_seconds / scaling.mean_job_seconds * scaling.concurrency
    )


def test_the_formulas_are_those_that_terraform_deploys() -> None:
    """Each formula's docstring is its metric math, with names in place of values."""
    deployed = AUTOSCALING.replace("${var.worker.concurrency}", "concurrency")
    for name in ("_backlog_per_task", "_busy_percent", "_sleeps_with_work"):
        docstring = getattr(scaling_policies.TargetTracking, name).__doc__
        found = re.match(r"IF\(.*\)(?=,|$)", docstring)
        assert found, docstring
        assert f'"{found[0]}"' in deployed


def test_what_terraform_deploys_is_what_is_simulated() -> None:
    text = (WORKER / "variables_scaling.tf").read_text()
    scaling = deployed_scaling()

    for name in ("min_tasks", "max_tasks", "scale_out_cooldown_seconds", "wake_cooldown_seconds"):
        assert re.search(rf"\b{name}\s*= optional\(number, {getattr(scaling, name)}\)", text), name
    assert scaling.concurrency == 16
    assert REPOSITORY.joinpath("infra/modules/stack/jobs.tf").read_text().count("concurrency = 16") == 1


def test_every_message_of_a_pattern_arrives() -> None:
    assert sum(steady("steady", 0.4, seconds=1000).arrivals()) == 400
    assert sum(burst("burst", 1_000, at=7, seconds=20).arrivals()) == 1_000
    wave = daily_wave("wave", 2).arrivals()
    assert abs(sum(wave) - len(wave)) <= 1  # the mean is half of the peak
    assert min(wave) >= 0


def test_a_sleeping_service_answers_after_the_lag_of_queue_and_alarm() -> None:
    """Fifteen minutes of silence, then three with a message, one to read them, one to start: and one job."""
    slept = run(burst("quiet", 1, at=7 * 3600, seconds=9 * 3600, from_zero=True), OURS, short_jobs())
    awake = run(burst("soon", 1, at=3600, seconds=3 * 3600, from_zero=True), OURS, short_jobs())

    assert slept.drain_seconds == (15 + 4 + 1) * 60 + 1
    assert awake.drain_seconds == (4 + 1) * 60 + 1
    assert (slept.tasks_by_minute[-1], awake.tasks_by_minute[-1]) == (0, 0)


def test_no_job_is_lost_under_either_policy() -> None:
    for contender in (OURS, PLAIN):
        played = run(burst("burst", 20_000, at=600, seconds=7200), contender, short_jobs())
        assert (played.arrived, played.done, played.left) == (20_000, 20_000, 0)


def test_a_document_without_its_markers_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "scaling.md"
    document.write_text(END)
    monkeypatch.setattr(simulation, "DOCUMENT", document)
    monkeypatch.setattr(simulation, "simulate", lambda: ("text", "picture"))

    assert simulation.main(["--write"]) == 1
    assert "docs/scaling.md needs the lines" in capsys.readouterr().err
    with pytest.raises(NoMarkers):
        between_markers("nothing", "text")


def test_durations_read_as_people_say_them() -> None:
    assert [duration(seconds) for seconds in (42, 361, 3900)] == ["42 s", "6 min 01 s", "1 h 05 min"]
