"""Runs Terraform in one root: init, plan and apply, as a process group of its own, with a log."""

import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.errors import ToolError
from deployment.interruption import signals_held
from deployment.terraform.environment import TerraformSetup
from deployment.terraform.progress import ApplyProgress
from deployment.terraform.sensitive_inputs import SensitiveInputs

STOP_SECONDS = 5.0
# Plans and states hold secrets in clear text: what Terraform writes is for its owner alone.
_PRIVATE = 0o077
# For a sentence; the log has all.
_LONGEST_REASON = 700


@dataclass
class TerraformRoot:
    """One root (a folder in `infra/envs`), its working files, its log, its state's bucket and region."""

    setup: TerraformSetup
    folder: Path
    data_folder: Path
    log: Path
    state_bucket: str
    region: str
    environment: Mapping[str, str]
    on_start: Callable[[int], None] = lambda _pid: None
    progress: ApplyProgress = field(default_factory=ApplyProgress)
    # Terraform answers SIGINT by ending what it is at and saving the state; after so long it is killed.
    stop_seconds: float = STOP_SECONDS
    # Hears each line of the log.
    say: Callable[[str], None] = lambda _text: None
    _process: subprocess.Popen[str] | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)

    def init(self) -> None:
        """`terraform init`, with the committed lock file as it is. Raises ToolError."""
        backend = {"bucket": self.state_bucket, "region": self.region}
        given = [f"-backend-config={name}={value}" for name, value in backend.items()]
        self._run("init", "-lockfile=readonly", "-reconfigure", *given)

    def plan(self, file: Path, *arguments: str) -> dict[str, Any]:
        """Plans into `file`, which holds secrets in clear text; returns what it plans. Raises ToolError.

        Nothing is written to the state and no lock is taken, so read-only credentials will do.
        """
        self._run("plan", "-json", "-lock=false", f"-out={file}", *arguments)
        document: dict[str, Any] = json.loads(self.output("show", "-json", str(file)))
        return document

    def apply(self, plan: Path | None = None, *, lock_timeout_seconds: int = 0) -> None:
        """Applies a plan file, or what it plans by itself; `progress` tells meanwhile. Raises ToolError."""
        wait = [f"-lock-timeout={lock_timeout_seconds}s"] if lock_timeout_seconds else []
        self._run("apply", "-json", *wait, *([str(plan)] if plan else ["-auto-approve"]))

    @property
    def errored_state(self) -> Path:
        """Where a state is put that Terraform could not save."""
        return self.log.with_suffix(".errored.tfstate")

    def run_visibly(self, command: str, *arguments: str) -> int:
        """Any command with the person's terminal: Terraform asks and answers there. Returns its exit code."""
        environment = self._environment()
        # What keeps Terraform from asking elsewhere.
        environment.pop("TF_INPUT", None)
        with subprocess.Popen([*self._command(command), *arguments], env=environment) as process:
            while True:
                # Ctrl-C reaches Terraform as well, which ends what it is at: it must not be killed meanwhile.
                with suppress(KeyboardInterrupt):
                    return process.wait()

    def output(self, *arguments: str) -> str:
        """What any other command prints, e.g. `output("output", "-json")`. Raises ToolError."""
        done = subprocess.run(
            [*self._command(arguments[0]), *arguments[1:]],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = SensitiveInputs(self.folder, self._environment()).masked(done.stderr.strip())
            raise ToolError(f"terraform {arguments[0]} failed in {self.folder}: {said}")
        return done.stdout

    def stop(self) -> None:
        """Ends a run that is under way, its provider processes too; the run then raises ToolError."""
        self._stopped.set()
        process = self._process
        if process is None or process.poll() is not None:
            return
        # To Terraform alone: a provider that is ended, too, cannot say what it has made.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(self.stop_seconds)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)

    def _run(self, command: str, *arguments: str) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a", encoding="utf-8") as log:
            print(f"$ terraform -chdir={self.folder} {command} {' '.join(arguments)}", file=log, flush=True)
            process: subprocess.Popen[str] | None = None
            try:
                with signals_held():
                    process = self._process = self._start(command, *arguments)
                self.on_start(process.pid)
                if self._stopped.is_set():
                    self.stop()
                last = self._follow(process, log.write, log.flush)
                code = process.wait()
            except BaseException:
                # A signal or an error of ours: nothing may go on behind the back of whoever sees it.
                if process:
                    self._end(process, log.write, log.flush)
                raise
        if code:
            self._put_errored_state_away()
            raise ToolError(self._failure(command, code, last))

    def _start(self, command: str, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._command(command), "-input=false", "-no-color", *arguments],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            umask=_PRIVATE,
        )

    def _end(
        self, process: subprocess.Popen[str], write: Callable[[str], int], flush: Callable[[], None]
    ) -> None:
        """As `stop`, and what Terraform says meanwhile is heard: who does not read it blocks it."""
        hearing = threading.Thread(target=self._follow, args=(process, write, flush), daemon=True)
        hearing.start()
        self.stop()
        hearing.join(STOP_SECONDS)
        self._put_errored_state_away()

    def _follow(
        self, process: subprocess.Popen[str], write: Callable[[str], int], flush: Callable[[], None]
    ) -> str:
        last = ""
        inputs = SensitiveInputs(self.folder, self._environment())
        for line in process.stdout or ():
            if text := self.progress.read(inputs.masked(line)):
                write(text + "\n")
                flush()
                self.say(text)
                # Of an error without events (`init`), all that follows.
                is_error = last.startswith("Error: ")
                last = f"{last} {text.strip()}" if is_error else text.strip() or last
        return last

    def _put_errored_state_away(self) -> None:
        """A state that could not be uploaded is left in the root, which is to stay as it was cloned."""
        with suppress(FileNotFoundError):
            shutil.move(self.folder / "errored.tfstate", self.errored_state)

    def _failure(self, command: str, code: int, last: str) -> str:
        if self._stopped.is_set():
            return f"terraform {command} was stopped in {self.folder.name}."
        reason = self.progress.explained[0] if self.progress.explained else last or f"exit code {code}"
        reason = " ".join(reason.split())[:_LONGEST_REASON].rstrip(".")
        return f"terraform {command} failed for {self.folder.name}: {reason}; the full log is {self.log}"

    def _command(self, command: str) -> list[str]:
        return [str(self.setup.binary), f"-chdir={self.folder}", command]

    def _environment(self) -> dict[str, str]:
        return self.setup.environment(self.data_folder, self.environment)


def _signal_group(process: subprocess.Popen[str], signal_number: int) -> None:
    # The process is not reaped yet, so its id, which is its group's, cannot have been given away.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal_number)
