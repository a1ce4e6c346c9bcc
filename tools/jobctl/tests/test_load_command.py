"""`jobctl load` against the embedded AWS, where a thread does what a test wants of the services."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from deployment.target import Target
from load_world import Workers

FAST = ("--count", "40", "--rate", "40", "--quiet", "4", "--drain", "120", "--data", '{"a": "<b>&"}')


def report_of(folder: Path) -> Any:
    return json.loads((folder / "report.json").read_text())


def load(jobctl: Any, environment: Target, out: Path, *more: str) -> Any:
    return jobctl(
        *("load", "--env", environment.environment, "--out", str(out), *FAST, *more), timeout_seconds=200
    )


def with_times_ms(report: Any, time_ms: int) -> Any:
    """The report of a run in which everything took so long."""
    for part in ("triggerStage", "queueWait", "handlerTime", "endToEnd"):
        report[part] |= {"p50Ms": time_ms, "p95Ms": time_ms, "p99Ms": time_ms}
    report["throughput"]["completedPerSecond"] = 0.0
    return report


def test_a_load_is_sent_counted_and_reported(load_environment: Target, jobctl: Any, tmp_path: Path) -> None:
    with Workers(load_environment, bury=1, reject=1).at_work() as workers:
        done = load(jobctl, load_environment, tmp_path)

    assert done.returncode == 0, done.stderr
    report = report_of(tmp_path)
    found = report["accounting"]
    assert (found["sent"], found["succeeded"], found["dead"], found["missing"]) == (40, 38, 2, 0)
    assert (found["rejectedTriggers"], found["deadReasons"]) == (1, {"no": 1})
    assert len(set(workers.done)) == 40
    assert "All 40 jobs are accounted for: 38 succeeded, 2 dead." in done.stdout
    assert "sending: " in done.stderr
    assert report["endToEnd"]["count"] == 39
    assert report["handlerTime"]["p50Ms"] == workers.delay_ms // 2
    assert report["queueWait"]["p50Ms"] == workers.delay_ms // 2
    assert report["senderLag"]["count"] == 40
    assert [each["name"] for each in report["services"]] == ["main_job", "background_job"]
    assert all("@sha256:" in each["image"] for each in report["services"])
    assert report["apiCalls"]["SendMessageBatch"] <= 40
    assert "ReceiveMessage" not in report["apiCalls"]
    assert "**All 40 jobs" in (tmp_path / "summary.md").read_text()
    assert "<b>&" not in (tmp_path / "report.html").read_text()


def test_a_lost_job_is_told_and_exits_1(load_environment: Target, jobctl: Any, tmp_path: Path) -> None:
    with Workers(load_environment, lose=2).at_work():
        done = load(jobctl, load_environment, tmp_path)

    assert done.returncode == 1
    assert "2 of 40 jobs have not ended, and no queue holds them." in done.stdout
    assert report_of(tmp_path)["outcome"]["verdict"] == "lost"


def test_what_is_not_done_within_the_wait_is_unfinished_and_exits_1(
    load_environment: Target, jobctl: Any, tmp_path: Path
) -> None:
    done = load(jobctl, load_environment, tmp_path, "--drain", "1")

    assert done.returncode == 1
    assert "40 of 40 jobs had not ended when the wait was over." in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_load_reports_what_it_has(
    load_environment: Target, jobctl_process: Any, tmp_path: Path, number: signal.Signals
) -> None:
    name = load_environment.environment
    with Workers(load_environment).at_work() as workers:
        process = jobctl_process(
            *("load", "--env", name, "--count", "5000", "--rate", "20", "--out", str(tmp_path / "out"))
        )
        deadline = time.monotonic() + 60
        while len(workers.done) < 5:
            assert time.monotonic() < deadline, "no five jobs within a minute"
            time.sleep(0.1)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=100)

    assert process.returncode == 128 + number, stderr
    found = report_of(tmp_path / "out")["accounting"]
    assert 5 <= found["sent"] < 5000
    assert found["wanted"] == found["sent"] + found["notSent"] == 5000
    assert found["sent"] == found["succeeded"] + found["unfinished"]
    assert f"Interrupted: {found['sent']} of 5000 were sent" in stdout
    assert (tmp_path / "out/summary.md").exists()


def test_a_baseline_of_the_same_load_is_compared_and_a_regression_exits_2(
    load_environment: Target, jobctl: Any, tmp_path: Path
) -> None:
    baseline, slow = str(tmp_path / "first/report.json"), str(tmp_path / "slow.json")
    with Workers(load_environment).at_work():
        assert load(jobctl, load_environment, tmp_path / "first").returncode == 0
        # Of a machine that is slower than this one ever gets.
        Path(slow).write_text(json.dumps(with_times_ms(report_of(tmp_path / "first"), 600_000)))
        same = load(jobctl, load_environment, tmp_path / "same", "--baseline", slow, "--tolerance", "900")
    with Workers(load_environment, delay_ms=20_000).at_work():
        worse = load(jobctl, load_environment, tmp_path / "worse", "--baseline", baseline)
        lenient = load(
            *(jobctl, load_environment, tmp_path / "lenient", "--baseline", baseline, "--tolerance", "1e6")
        )

    assert same.returncode == 0, same.stdout
    assert worse.returncode == 2, worse.stdout
    assert "handler time, p50" in worse.stdout
    assert lenient.returncode == 0, lenient.stdout
    regressions = report_of(tmp_path / "worse")["comparison"]["regressions"]
    assert "queue wait, p99" in regressions
    for name in ("report.html", "summary.md"):
        page = (tmp_path / "worse" / name).read_text()
        assert "queue wait, p99" in page
        assert "Worse" in page


def test_an_outcome_that_is_decided_twice_is_told(
    load_environment: Target, jobctl: Any, jobctl_process: Any, tmp_path: Path
) -> None:
    with Workers(load_environment, lose=1).at_work() as workers:
        name = load_environment.environment
        process = jobctl_process(
            *("load", "--env", name, *FAST, "--quiet", "60", "--out", str(tmp_path / "out"))
        )
        deadline = time.monotonic() + 60
        while len(workers.done) < 40:
            assert time.monotonic() < deadline, "no forty jobs within a minute"
            time.sleep(0.1)
        time.sleep(4)  # for the load to have seen the others end
        workers.write(workers.done[5], attempts=2)
        workers.write(workers.done[0])
        stdout, stderr = process.communicate(timeout=100)

    assert process.returncode == 1, stderr
    assert "The outcome of 1 jobs was decided more than once." in stdout
    assert workers.done[5] in stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--count", "0"], "0 is not in the range"),
        (["--rate", "0"], "0.0 is not in the range"),
        (["--rate", "nan"], "--rate is nan; it must be a number."),
        (["--rate", "inf"], "--rate is inf"),
        (["--scenario", "flood"], "'flood' is not one of"),
        (["--type", "a b"], "is not a name"),
        (["--data", "{"], "--data is not JSON"),
        (["--env", "prod"], "give --confirm-prod as well when that is meant."),
        (["--env", "prod", "--confirm-prod", "--type", "simulate-work"], "simulate-work is refused in prod"),
        (["--drain", "-1"], "is not in the range"),
        (["--tolerance", "nan"], "--tolerance is nan"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    jobctl: Any, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    done = jobctl("load", "--count", "1", "--rate", "1", "--out", str(tmp_path / "out"), *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "the file cannot be read (No such file or directory)"),
        ("{", "is no report.json of jobctl load"),
        ("{}", "is no report.json of jobctl load: Object missing required field"),
        ("\x00", "is no report.json of jobctl load"),
    ],
)
def test_a_baseline_that_is_none_is_refused_before_anything_is_sent(
    load_environment: Target, jobctl: Any, tmp_path: Path, text: str | None, sentence: str
) -> None:
    file = tmp_path / "baseline.json"
    if text is not None:
        file.write_text(text)

    done = load(jobctl, load_environment, tmp_path / "out", "--baseline", str(file))

    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_with_a_report_is_left_alone(load_environment: Target, jobctl: Any, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("kept")

    done = load(jobctl, load_environment, tmp_path)

    assert done.returncode == 2
    assert "has a report already; choose another folder." in done.stderr
    assert (tmp_path / "report.json").read_text() == "kept"
