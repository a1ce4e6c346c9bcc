"""One load from its first trigger to the report. Ctrl-C ends the sending, and what is known is reported."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from deployment.aws_errors import one_sentence
from deployment.errors import Interrupted, ToolError
from deployment.interruption import Interruption
from deployment.target import Target

from jobctl.load.observer import Observer, Sample
from jobctl.load.report import Asked, Service
from jobctl.load.schedule import due_batches, due_times
from jobctl.load.sender import Sender
from jobctl.load.services import read_services
from jobctl.triggers import TriggerWish

# What is on its way when somebody interrupts: boto3 gives a call up after about so long.
_LAST_CALLS_SECONDS = 60.0
_LAST_LOOK_SECONDS = 10.0
_RECHECK_SECONDS = 60.0
# Between two samples; a soak of hours is sampled less often.
_SAMPLE_SECONDS = 1.0
_MOST_SAMPLES = 3600


@dataclass(frozen=True)
class Patience:
    """`drain_seconds`: the most to wait for jobs to end. `quiet_seconds`: the same, with empty queues."""

    drain_seconds: float
    quiet_seconds: float


@dataclass
class Run:
    """What a load leaves behind; the report is made of it."""

    asked: Asked
    due_seconds: list[float]
    services: list[Service]
    before: Sample
    sender: Sender
    observer: Observer
    samples: list[Sample]
    settled: bool = False
    decided_twice: tuple[str, ...] = ()
    interrupted: int = 0
    ended_ms: int = 0

    @property
    def after(self) -> Sample:
        """The newest counts."""
        return self.samples[-1] if self.samples else self.before


def prepare(target: Target, asked: Asked, wish: TriggerWish) -> Run:
    """Reads what is there before; whoever may not read it fails here, before anything is sent."""
    observer = Observer(target)
    with one_sentence(target.name):
        queue_url = target.outputs["sqs_main_job_triggers_queue_url"]
        target.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        services = read_services(target)
        before = observer.sample(0)
    if observer.problems:
        raise ToolError(f"The load cannot be watched in {target.name}: {observer.problems[0]}.")
    times = due_times(asked.scenario, asked.count, asked.rate_per_second)
    sender = Sender(target.client("sqs"), queue_url, wish, due_batches(times))
    return Run(asked, times, services, before, sender, observer, [])


def carry_out(run: Run, patience: Patience, show: Callable[[Run, Sample, str], None]) -> None:
    """Sends, watches until all has ended or patience has, and looks once more at what had ended."""
    try:
        with Interruption() as interruption:
            _send_and_watch(run, patience, show)
            interruption.begin_cleanup()
            _finish(run, _RECHECK_SECONDS)
    except Interrupted as error:
        run.interrupted, run.settled = error.exit_code, False
        run.sender.stop()
        run.sender.join(_LAST_CALLS_SECONDS)
        _finish(run, _LAST_LOOK_SECONDS)
    if run.sender.error is not None:
        with one_sentence(run.observer.target.name):
            raise run.sender.error


def _send_and_watch(run: Run, patience: Patience, show: Callable[[Run, Sample, str], None]) -> None:
    """Looks every second or so; a look that takes longer delays nothing but the next look."""
    run.sender.start()
    began = time.monotonic()
    expected = run.due_seconds[-1] if run.due_seconds else 0.0
    pause = max(_SAMPLE_SECONDS, (expected + patience.drain_seconds) / _MOST_SAMPLES)
    sent_until = quiet_since = began
    while True:
        sample = _look(run, time.monotonic() - began)
        now = time.monotonic()
        if run.sender.is_sending:
            sent_until = now
        # Something waits, or something has changed: not quiet.
        if run.sender.is_sending or _is_busy(run):
            quiet_since = now
        show(run, sample, "sending" if run.sender.is_sending else "draining")
        if not run.sender.is_sending and run.observer.outstanding == 0:
            return
        run.settled = now - quiet_since >= patience.quiet_seconds
        if run.settled or now - sent_until >= patience.drain_seconds:
            return
        time.sleep(pause)


def _look(run: Run, at_seconds: float) -> Sample:
    run.observer.watch(run.sender.take_new_ids())
    run.observer.look()
    sample = run.observer.sample(at_seconds)
    sample.sent = len(run.sender.sent.message_ids)
    sample.ended = run.observer.ended
    run.samples.append(sample)
    return sample


def _is_busy(run: Run) -> bool:
    now, before = run.samples[-1], run.samples[-2] if len(run.samples) > 1 else run.before
    return now.trigger_queue != 0 or now.background_queue != 0 or now.ended != before.ended


def _finish(run: Run, seconds: float) -> None:
    """A last look at all; also at what SQS seemed not to take: an answer may have been lost."""
    deadline = time.monotonic() + seconds
    run.observer.watch(run.sender.take_new_ids())
    # Without work left, this asks nothing.
    run.observer.look_at_all(deadline)
    run.decided_twice = tuple(run.observer.changed_since(deadline))
    run.observer.watch(run.sender.sent.failures)
    run.observer.look_at_all(deadline)
    started = run.sender.started_ms or time.time_ns() // 1_000_000
    run.ended_ms = time.time_ns() // 1_000_000
    if not run.sender.error:
        _look_last(run, (run.ended_ms - started) / 1000)


def _look_last(run: Run, at_seconds: float) -> None:
    sample = run.observer.sample(at_seconds)
    sample.sent, sample.ended = len(run.sender.sent.message_ids), run.observer.ended
    run.samples.append(sample)
