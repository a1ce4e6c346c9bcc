"""A stack on its way up: its parts started, Terraform at work, its services watched, all written down."""

import os
import shutil
import threading
import time
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError
from deployment.aws_errors import one_sentence
from deployment.bootstrap import ensure_state_bucket
from deployment.errors import ToolError
from deployment.interruption import Interruption
from deployment.product import product
from deployment.stack_paths import StackPaths
from deployment.target import Target, local_target
from deployment.terraform import TerraformSetup, prepare_terraform
from deployment.variables import client_variables, terraform_variables, write_env_file

from jobctl.stack.expected import expected_outputs
from jobctl.stack.layout import Layout, product_layout
from jobctl.stack.parts import AGENT, EMBEDDED_AWS, start_agent, start_embedded_aws, wait_for_endpoint
from jobctl.stack.processes import ProcessRecord, record
from jobctl.stack.provision import Provisioning, terraform_root
from jobctl.stack.reporter import Reporter
from jobctl.stack.state import StackState, save
from jobctl.stack.stopping import stop_everything
from jobctl.stack.timeline import Timeline


@dataclass
class StackOnItsWay:
    """Starts a stack step by step; `stop()` undoes whatever was begun."""

    paths: StackPaths
    reporter: Reporter
    interruption: Interruption
    layout: Layout = field(default_factory=product_layout)
    timeline: Timeline = field(default_factory=Timeline)
    state: StackState = field(default_factory=lambda: StackState(record("jobctl", os.getpid())))
    _provisioning: Provisioning | None = None
    _target: Target | None = None
    _setup: TerraformSetup | None = None
    _saving: threading.RLock = field(default_factory=threading.RLock)

    @property
    def provisioning(self) -> Provisioning:
        """Terraform's runs; there from `start()` on."""
        if self._provisioning is None:
            raise ToolError("Terraform was not started yet.")
        return self._provisioning

    @property
    def target(self) -> Target:
        """The embedded AWS; there from `start()` on, with the outputs that Terraform is going to write."""
        if self._target is None:
            raise ToolError("The embedded AWS was not started yet.")
        return self._target

    def start(self, port: int, enforce_iam: bool) -> None:
        """The embedded AWS, the state's bucket, the agent, and Terraform, which is left at work."""
        self._clear_folder()
        self.state.enforce_iam = enforce_iam
        self.state.started_at_seconds = time.time()
        with self.timeline.step("start the embedded AWS"):
            with self.interruption.deferred():
                self._remember(start_embedded_aws(self.paths, port, enforce_iam))
            # Found while the emulator loads.
            self._setup = prepare_terraform(self.paths.repository, self.reporter.say)
            self.state.endpoint = wait_for_endpoint(self.paths, self.state.processes[EMBEDDED_AWS])
        self._target = local_target(self.state.endpoint)
        self.reporter.say(f"The embedded AWS answers on {self.state.endpoint}.")
        # At once: services start as soon as they are declared, while Terraform waits for other things.
        with self.interruption.deferred():
            self._remember(start_agent(self.paths, self.state.endpoint, self.layout))
        self._start_terraform(self._setup, self._make_state_bucket())

    def services_run(self) -> bool:
        """Whether all services have all the tasks that they should have."""
        try:
            answer = self.target.client("ecs").describe_services(
                cluster=self.layout.cluster, services=list(self.layout.services)
            )
        except (ClientError, BotoCoreError):
            return False  # No cluster yet.
        services = answer["services"]
        for service in services:
            for deployment in service["deployments"]:
                if deployment.get("rolloutState") == "FAILED":
                    raise ToolError(self.services_problem())
        return len(services) == len(self.layout.services) and all(
            service["status"] == "ACTIVE" and service["runningCount"] == service["desiredCount"] > 0
            for service in services
        )

    def services_problem(self) -> str:
        """Why the services do not run, as far as ECS knows it, and where more is written."""
        ecs = self.target.client("ecs")
        reasons = {
            task["stoppedReason"]
            for service in self.layout.services
            if (
                arns := ecs.list_tasks(
                    cluster=self.layout.cluster, serviceName=service, desiredStatus="STOPPED"
                )["taskArns"]
            )
            for task in ecs.describe_tasks(cluster=self.layout.cluster, tasks=arns[:1])["tasks"]
            if task.get("stoppedReason")
        }
        said = f" ({'; '.join(sorted(reasons)).rstrip('.')})" if reasons else ""
        return f"The services do not run{said}; the agent's log is {self.paths.log(AGENT)}"

    def check_parts(self, *names: str) -> None:
        """Raises ToolError when a part of the stack (default: both daemons) has ended by itself."""
        died = self.state.died()
        for name in names or (EMBEDDED_AWS, AGENT):
            if name in died:
                raise ToolError(f"The {name} ended unexpectedly; its log is {self.paths.log(name)}")

    def become_ready(self) -> None:
        """Says so to the next commands, and writes the file to source."""
        with self.interruption.deferred(), self._saving:
            if self._setup is not None:
                terraform = terraform_variables(self._setup.cli_configuration, self.state.account_id)
                write_env_file(self.paths.env_file, client_variables(self.state.endpoint) | terraform)
            self.state.processes = {name: self.state.processes[name] for name in (EMBEDDED_AWS, AGENT)}
            self.state.ready = True
            save(self.paths.state_file, self.state)

    def stop(self, *, drain: bool) -> None:
        """Ends all that was started, Terraform first."""
        self.interruption.begin_cleanup()
        if self._provisioning is not None:
            self._provisioning.stop()
        stop_everything(self.paths, self.state, drain=drain, hurry=lambda: self.interruption.hurry)

    def _make_state_bucket(self) -> str:
        with self.timeline.step("make the state bucket"), one_sentence(self.target.name):
            self.state.account_id = self.target.client("sts").get_caller_identity()["Account"]
            self.target.outputs = expected_outputs(self.state.endpoint, self.state.account_id)
            return ensure_state_bucket(self.target.client("s3"), self.state.account_id, product().aws_region)

    def _start_terraform(self, setup: TerraformSetup, bucket: str) -> None:
        roots = {
            name: terraform_root(
                self.paths, setup, name, folder, endpoint=self.state.endpoint, state_bucket=bucket
            )
            for name, folder in self.layout.roots.items()
        }
        for name, root in roots.items():
            root.on_start = partial(self._remember_pid, f"terraform-{name}")
        self._provisioning = Provisioning(
            roots, self.layout.main_root, self.timeline, one_init_at_a_time=not setup.mirrored
        )
        self._provisioning.start()

    def _clear_folder(self) -> None:
        """What an earlier stack left: its logs were kept until now."""
        for folder in (self.paths.logs, self.paths.agent_folder, self.paths.folder / "terraform"):
            shutil.rmtree(folder, ignore_errors=True)
        self.paths.announcement.unlink(missing_ok=True)
        self.paths.logs.mkdir(parents=True)

    def _remember_pid(self, name: str, pid: int) -> None:
        self._remember(record(name, pid))

    def _remember(self, started: ProcessRecord) -> None:
        # Written down at once: a jobctl that is killed now leaves a note of what it started.
        with self._saving:
            # A new dictionary: other threads may be walking through the old one.
            self.state.processes = {**self.state.processes, started.name: started}
            save(self.paths.state_file, self.state)
