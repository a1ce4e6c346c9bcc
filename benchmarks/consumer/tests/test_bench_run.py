"""A run of the real harness, with few messages: the whole way from a process to the table and the ratios."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import bench
import pytest
from bench_candidates import CANDIDATES, PEERS, Candidate, NotInstalled, chosen
from bench_messages import job_template, message_file
from bench_rounds import consumer_environment, two_cores
from bench_run import Measurement, RunFailed, measure
from canned_messages import templates
from job_contract import parse_job

BY_NAME = {each.name: each for each in CANDIDATES}


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Measurement]:
    """Measures a candidate, without a delay where nothing else is said."""

    def measured(candidate: Candidate, *, count: int = 40, delay_ms: int = 0) -> Measurement:
        environment = consumer_environment(tmp_path)
        return measure(
            candidate,
            count=count,
            delay_ms=delay_ms,
            file=message_file(candidate, count, tmp_path, environment),
            cores=two_cores(),
            environment=environment,
        )

    return measured


@pytest.mark.parametrize("name", ["runtime-consume", "runtime-pipe", "job-stage"])
def test_our_consumers_do_their_work_right(name: str, run: Callable[..., Measurement]) -> None:
    found = run(BY_NAME[name])

    assert found.cpu_us > 0
    assert found.messages_per_second > 0
    assert found.start_seconds > 0
    assert 10 < found.rss_mb < 500
    # Batches: far fewer calls than messages, but for the five of a job's own.
    assert found.calls < (6 if name == "job-stage" else 1)


@pytest.mark.parametrize("name", ["boto3-consume", "boto3-one-by-one", "boto3-pipe", "boto3-jobs"])
def test_boto3_alone_does_the_same_work(name: str, run: Callable[..., Measurement]) -> None:
    assert run(BY_NAME[name]).cpu_us > 0


def faulty(tmp_path: Path, text: str) -> Candidate:
    """A candidate whose program is this text; `sqs` and `url` are there already."""
    program = tmp_path / "faulty.py"
    head = 'import boto3, os, sys, time\nurl = os.environ["QUEUE_URL"]\nsqs = boto3.client("sqs")\n'
    program.write_text(head + text)
    return replace(BY_NAME["runtime-consume"], name="faulty", command=(sys.executable, str(program)))


RECEIVE = """
def receive():
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
    for message in got:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return got
"""


def test_a_consumer_that_ends_by_itself_is_a_failed_run(
    tmp_path: Path, run: Callable[..., Measurement]
) -> None:
    with pytest.raises(RunFailed, match=r"^faulty ended with 3: no queue today$"):
        run(faulty(tmp_path, 'print("no queue today", file=sys.stderr)\nsys.exit(3)\n'))


def test_a_consumer_that_deletes_twice_is_a_failed_run(
    tmp_path: Path, run: Callable[..., Measurement]
) -> None:
    again = (
        RECEIVE
        + """
while True:
    for message in receive():
        sqs.delete_message_batch(
            QueueUrl=url, Entries=[{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}]
        )
"""
    )
    with pytest.raises(RunFailed, match=r"^faulty did its work wrong: \d+ deleted twice"):
        run(replace(faulty(tmp_path, again), ours=False))


def test_a_consumer_of_ours_must_end_well(tmp_path: Path, run: Callable[..., Measurement]) -> None:
    with pytest.raises(RunFailed, match=r"^faulty ended with -15"):
        run(faulty(tmp_path, RECEIVE + "while True:\n    receive()\n"))


def test_a_job_that_was_not_done_is_a_failed_run(tmp_path: Path, run: Callable[..., Measurement]) -> None:
    careless = replace(faulty(tmp_path, RECEIVE + "while True:\n    receive()\n"), ours=False)
    with pytest.raises(RunFailed, match=r"0 jobs, 0 succeeded, 0 streams"):
        run(replace(careless, stage="job", messages="jobs"))


def test_jobs_are_those_of_the_contract_and_no_two_are_the_same() -> None:
    jobs = [parse_job(job_template(number).body) for number in range(50)]

    assert len({job.job_id for job in jobs}) == 50
    assert {job.job_type for job in jobs} == {"benchmark"}


def test_a_peers_messages_come_from_its_own_producer(tmp_path: Path) -> None:
    producer = tmp_path / "peer.py"
    producer.write_text(
        "import boto3, os, sys\n"
        'assert sys.argv[1] == "produce"\n'
        'sqs = boto3.client("sqs")\n'
        "for line in sys.stdin:\n"
        '    sqs.send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="framed " + line.strip())\n'
    )
    peer = replace(
        BY_NAME["celery"], name="peer", messages="peer", command=(sys.executable, str(producer), "consume")
    )
    file = message_file(peer, 25, tmp_path, consumer_environment(tmp_path))

    bodies = [template.body for template in templates(25, file)]
    assert len(bodies) == 25
    assert all(body.startswith('framed {"jobId":') for body in bodies)


def test_the_command_writes_a_table_and_ratios_and_compares_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = tuple(BY_NAME[name] for name in ("runtime-consume", "boto3-consume"))
    monkeypatch.setattr("bench_candidates.CANDIDATES", ours)
    places = {"results": tmp_path / "RESULTS.md", "stored_ratios": tmp_path / "results.json"}

    assert bench.main(["--messages=60", "--rounds=1", "--write"], **places) == 0
    written = json.loads((tmp_path / "results.json").read_text())
    page = (tmp_path / "RESULTS.md").read_text()
    assert "Not compared: results.json is not there yet" in capsys.readouterr().out

    # What was measured now is far worse than a consumer that costs next to nothing.
    for values in written["ratios"].values():
        values["cpu_us"] = 0.0001
    (tmp_path / "results.json").write_text(json.dumps(written))
    arguments = ["--messages=60", "--rounds=2", "--minutes=0", "--delay-ms=0"]
    assert bench.main(arguments, **places) == 0
    said = capsys.readouterr().out
    assert "runtime-consume at 0 ms: CPU a message is" in said
    assert "Round 2 is left out: it would end after 0 minutes." in said
    assert "median of 1 round in" in said
    assert bench.main([*arguments, "--strict"], **places) == 3
    assert len(os.sched_getaffinity(0)) > 1, "the harness stays on one core only while it measures"

    assert set(written["ratios"]) == {"runtime-consume at 0 ms", "runtime-consume at 10 ms"}
    assert set(written["figures"]) == {f"{each.name} at {delay} ms" for each in ours for delay in (0, 10)}
    assert "| **queue_worker** |" in page
    assert "botocore " in page
    assert (tmp_path / "RESULTS.md").read_text() == page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--rounds", "0"], "0 is no number from 1 to 20"),
        (["--seconds", "soon"], "soon is no number from 0.05 to 60"),
        (["--delay-ms", "7"], "invalid choice: 7 (choose from 0, 10)"),
        (["--write", "--only", "celery"], "--write is for the whole table"),
        (["--quick"], "unrecognized arguments: --quick"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(arguments)

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1


def test_who_is_unknown_or_not_installed_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench.main(["--only", "kafka"]) == 1
    assert "--only kafka names nobody; there are runtime-consume, " in capsys.readouterr().err

    missing = replace(BY_NAME["celery"], command=(str(PEERS / "nowhere/bin/python"), "x.py", "consume"))
    monkeypatch.setattr("bench_candidates.CANDIDATES", (missing,))
    with pytest.raises(NotInstalled, match=r"celery is not installed; `make bench` installs what it needs"):
        chosen([])


def test_a_machine_of_one_core_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0})

    with pytest.raises(RunFailed, match="needs two cores"):
        two_cores()


def test_settings_of_the_person_do_not_reach_a_consumer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("CONCURRENCY", "99")

    environment = consumer_environment(tmp_path)

    assert {"AWS_PROFILE", "CONCURRENCY"}.isdisjoint(environment)
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
