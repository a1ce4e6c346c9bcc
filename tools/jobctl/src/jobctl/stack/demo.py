"""`jobctl demo`: a stack of its own, one trigger through it, what became of it, and where the time went.

What can overlap does: services start while Terraform waits for AWS's slow settings, the trigger is sent as
soon as the services run, and they are drained as soon as the job's facts are known.
"""

import time
from dataclasses import dataclass, field

from deployment.errors import ToolError
from deployment.interruption import Interruption
from deployment.stack_paths import StackPaths
from job_contract import LedgerRecord

from jobctl.job_report import FINAL_STATES, JobReport, read_record, report_job
from jobctl.stack.lifecycle import StackOnItsWay
from jobctl.stack.parts import AGENT, EMBEDDED_AWS, check_port
from jobctl.stack.processes import ask_to_end, is_running, reap
from jobctl.stack.reporter import Reporter
from jobctl.stack.state import load, locked
from jobctl.stack.stopping import DRAIN_TIMEOUT_SECONDS, stop_everything
from jobctl.stack.timeline import Step, Timeline
from jobctl.triggers import Entry, TriggerWish, send, single_entry

JOB_TIMEOUT_SECONDS = 60.0
SERVICES_TIMEOUT_SECONDS = 180.0
_POLL_SECONDS = 0.25
_WISH = TriggerWish(
    trigger="demo",
    job_type="store-submission",
    data={"email_timestream": "2025-06-09T10:30:45.123Z", "greeting": "Hello"},
)


@dataclass(frozen=True)
class DemoResult:
    """What the demo found; `message_id` is SQS's."""

    message_id: str
    report: JobReport
    timeline: Timeline


def run_demo(
    paths: StackPaths, reporter: Reporter, *, port: int = 0, enforce_iam: bool = False
) -> DemoResult:
    """The whole demo; whatever happens, nothing of it runs on afterwards. Raises ToolError."""
    with locked(paths.lock_file, 0.0, lambda: "Another demo is running; wait for its end."):
        if left := load(paths.state_file):
            stop_everything(paths, left, drain=False)
        check_port(port)
        with Interruption() as interruption:
            stack = StackOnItsWay(paths, reporter, interruption)
            try:
                stack.start(port, enforce_iam)
                with reporter.progress("Terraform: starting"):
                    demo = _Demo(stack)
                    demo.run()
            except BaseException:
                stack.stop(drain=False)
                raise
            with stack.timeline.step("stop the embedded AWS"):
                stack.stop(drain=True)
            return DemoResult(demo.message_id, demo.final_report(), stack.timeline)


@dataclass
class _Demo:
    """The demo's own steps, each taken as soon as it can be, while Terraform goes on beside them."""

    stack: StackOnItsWay
    message_id: str = ""
    entry: Entry = field(default_factory=lambda: single_entry(_WISH))
    report: JobReport | None = None
    _doing: str = "services"
    _step: Step | None = None
    _deadline: float = 0.0

    def run(self) -> None:
        """Until Terraform is done and the services are drained; raises ToolError."""
        provisioning = self.stack.provisioning
        applied = False
        while not (applied and self._doing == "done"):
            applied = provisioning.finished()
            self.stack.check_parts(EMBEDDED_AWS)
            getattr(self, f"_{self._doing}", lambda: None)()
            text = provisioning.summary() if not applied else "Terraform: done"
            self.stack.reporter.show(f"{text}. {_SAYING[self._doing]}")
            time.sleep(_POLL_SECONDS)

    def final_report(self) -> JobReport:
        """The job's facts."""
        if self.report is None:
            raise ToolError("The demo ended before its job did.")
        return self.report

    def _services(self) -> None:
        """Terraform declares them, the agent starts them."""
        self.stack.check_parts(AGENT)
        dev = self.stack.provisioning.roots[self.stack.layout.main_root].progress
        if self._step is None and dev.began("aws_ecs_service"):
            # Only from here on can the agent be late.
            self._next("services", "services start", SERVICES_TIMEOUT_SECONDS)
        if self.stack.services_run():
            self._next("sending", "send the trigger", JOB_TIMEOUT_SECONDS)
        elif self._step and time.monotonic() > self._deadline:
            raise ToolError(self.stack.services_problem())

    def _sending(self) -> None:
        target = self.stack.target
        sent = send(target.client("sqs"), target.outputs["sqs_main_job_triggers_queue_url"], [self.entry])
        if sent.failures:
            raise ToolError(f"The trigger was not taken: {sent.failures[self.entry.job_id]}")
        self.message_id = sent.message_ids[self.entry.job_id]
        self._next("job", "trigger becomes job, job succeeds", JOB_TIMEOUT_SECONDS)

    def _job(self) -> None:
        self.stack.check_parts(AGENT)
        record = read_record(self.stack.target, self.entry.job_id)
        if record is None or record.state not in FINAL_STATES:
            self._check_deadline(f"The job {self.entry.job_id} came to no end", "local-agent")
            return
        self._next("facts", "read its lines and result", JOB_TIMEOUT_SECONDS)
        self._facts(record)

    def _facts(self, record: LedgerRecord | None = None) -> None:
        record = record or read_record(self.stack.target, self.entry.job_id)
        report = report_job(self.stack.target, self.entry.job_id, record)
        if report.state == "dead":
            raise ToolError(
                f"The job {report.job_id} is dead ({report.reason}); logs: {self.stack.paths.logs}"
            )
        # The agent ships stdout a moment later than the ledger knows of the job.
        if report.lines and report.trigger.state == "queued":
            self.report = report
            self._next("waiting", "", 0)
        else:
            self._check_deadline("The log lines of the job did not arrive", "local-agent")

    def _waiting(self) -> None:
        """Services may go once Terraform has nothing more to do with them."""
        if self.stack.provisioning.services_declared():
            ask_to_end(self.stack.state.processes[AGENT])
            self._next("draining", "drain the services", DRAIN_TIMEOUT_SECONDS)

    def _draining(self) -> None:
        agent = self.stack.state.processes[AGENT]
        reap(agent.pid)
        if not is_running(agent):
            self._next("done", "", 0)
        else:
            self._check_deadline("The services did not drain", "local-agent")

    def _next(self, doing: str, step: str, timeout_seconds: float) -> None:
        timeline = self.stack.timeline
        if self._step is not None:
            timeline.end(self._step)
        self._step = timeline.begin(step) if step else None
        self._doing, self._deadline = doing, time.monotonic() + timeout_seconds

    def _check_deadline(self, what: str, log: str) -> None:
        if time.monotonic() > self._deadline:
            raise ToolError(f"{what} in time; the agent's log is {self.stack.paths.log(log)}")


_SAYING = {
    "services": "Services: not yet.",
    "sending": "Services: running.",
    "job": "The trigger is sent.",
    "facts": "The job succeeded.",
    "waiting": "The job succeeded.",
    "draining": "The job succeeded; draining the services.",
    "done": "The job succeeded; the services are drained.",
}
