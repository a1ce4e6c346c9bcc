"""The system under chaos: embedded AWS, a proxy before it, and the services as the local agent runs them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos_clock import build_clock, set_clock
from contract_services import BACKGROUND_JOB, INHERITED, MAIN_JOB, environment
from contract_world import REGION, Aws, World
from embedded_aws.fault_proxy import FaultProxy
from local_agent.end import end_everything
from local_agent.process import Identity
from local_agent.state import read_state

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "123456789012"
CLUSTER = "chaos"
TASKS = {MAIN_JOB: 2, BACKGROUND_JOB: 3}
VISIBILITY_SECONDS = 6
MAX_ATTEMPTS = 25  # what kills cost is no reason to die here: a job that dies of it would hide a real one
STOP_SECONDS = 25
TRUST = {"Statement": [{"Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
SETTINGS: dict[str, object] = {
    "VISIBILITY_TIMEOUT_SECONDS": VISIBILITY_SECONDS,
    "HEARTBEAT_SECONDS": 1.5,
    "WAIT_TIME_SECONDS": 2,
    "DRAIN_TIMEOUT_SECONDS": 15,
    "RETRY_BASE_SECONDS": 0.5,
    "RETRY_CAP_SECONDS": 5,
    "MAX_ATTEMPTS": MAX_ATTEMPTS,
    "CONCURRENCY": 8,
    "MAX_IN_FLIGHT": 20,
}


@dataclass(frozen=True)
class Worker:
    """A running service process."""

    task: str
    module: str
    identity: Identity

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.identity.pid


class Chaos:
    """The running system. Make it with `running_system`."""

    def __init__(self, endpoint: str, proxy: FaultProxy, folder: Path) -> None:
        self.proxy, self.folder, self.state_dir = proxy, folder, folder / "agent"
        self.aws = Aws(endpoint)
        self.aws.make_stores()
        self.world = World(self.aws)
        self.clock = build_clock(folder)
        self.agent_starts = 0
        self._agent: subprocess.Popen[bytes] | None = None
        # The agent is killed and started by one thread, and restarted at the end by another.
        self.agent_lock = threading.Lock()
        self._make_services()

    def workers(self, module: str) -> list[Worker]:
        """The service's processes that run now, the oldest first."""
        found = [
            Worker(
                task["taskArn"].rpartition("/")[2], module, Identity(container["pid"], container["startTime"])
            )
            for task in read_state(self.state_dir).get("tasks", [])
            for container in task["containers"]
            if container["name"] == module and container["pid"] is not None and not container["hasEnded"]
        ]
        return sorted(
            (worker for worker in found if worker.identity.is_alive()),
            key=lambda worker: worker.identity.start_time,
        )

    def set_clock(self, worker: Worker, offset_seconds: float) -> None:
        """The worker's clock is off by so much within a second."""
        home = self.state_dir / "tasks" / worker.task / "home"
        if self.clock is not None and home.exists():
            set_clock(home, offset_seconds)

    def start_agent(self) -> None:
        """Starts the agent unless it runs."""
        if self._agent is not None and self._agent.poll() is None:
            return
        command = [sys.executable, "-m", "local_agent", "--cluster", CLUSTER]
        command += ["--images", str(self.folder / "images.json"), "--state-dir", str(self.state_dir)]
        own = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
        own |= {"AWS_ENDPOINT_URL": self.aws.endpoint}
        with (self.folder / "agent.log").open("ab") as log:
            self._agent = subprocess.Popen(command, env=own, cwd=REPOSITORY, stdout=log, stderr=log)
        self.agent_starts += 1

    def kill_agent(self) -> None:
        """SIGKILL; its tasks go on."""
        if self._agent is not None:
            self._agent.kill()
            self._agent.wait()

    def close(self) -> None:
        """Nothing of it runs any more."""
        for module in TASKS:
            for worker in self.workers(module):
                send(worker, signal.SIGKILL)
        if self._agent is not None and self._agent.poll() is None:
            self._agent.terminate()
            try:
                self._agent.wait(STOP_SECONDS + 30)
            except subprocess.TimeoutExpired:
                self._agent.kill()
                self._agent.wait()
        end_everything(self.state_dir)

    def log_group(self, module: str) -> str:
        """The group of the service's own output."""
        return f"/ecs/chaos/process/{module}"

    def _make_services(self) -> None:
        images = {name: str(REPOSITORY / "services" / name) for name in TASKS}
        (self.folder / "images.json").write_text(json.dumps(images))
        role = self.aws.client("iam").create_role(
            RoleName="chaos-task", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        ecs = self.aws.client("ecs")
        ecs.create_cluster(clusterName=CLUSTER)
        for module, count in TASKS.items():
            self.aws.client("logs").create_log_group(logGroupName=self.log_group(module))
            definition = ecs.register_task_definition(
                family=module,
                taskRoleArn=role,
                executionRoleArn=role,
                containerDefinitions=[self._container(module)],
            )["taskDefinition"]["taskDefinitionArn"]
            ecs.create_service(
                cluster=CLUSTER, serviceName=module, taskDefinition=definition, desiredCount=count
            )

    def _container(self, module: str) -> dict[str, Any]:
        return {
            "name": module,
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{module}@sha256:{'0' * 64}",
            "memory": 512,
            "stopTimeout": STOP_SECONDS,
            "environment": [
                {"name": name, "value": value} for name, value in sorted(self._environment(module).items())
            ],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group(module),
                    "awslogs-region": REGION,
                    "awslogs-stream-prefix": "chaos",
                },
            },
        }

    def _environment(self, module: str) -> Mapping[str, str]:
        made = environment(self.world, module, endpoint=self.proxy.endpoint, settings=SETTINGS)
        # Credentials come from the agent, as a task's do; and the agent names the places.
        left_out = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", *INHERITED}
        clock = {"LD_PRELOAD": str(self.clock)} if self.clock else {}
        return {name: value for name, value in made.items() if name not in left_out} | clock


@contextmanager
def embedded_aws(folder: Path) -> Iterator[str]:
    """An embedded AWS of one's own; its URL."""
    with (folder / "embedded_aws.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "embedded_aws", "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())["endpoint"]
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def running_system(folder: Path, seen: Any) -> Iterator[Chaos]:
    """Everything up, all workers running; nothing is left of it afterwards."""
    with ExitStack() as stack:
        endpoint = stack.enter_context(embedded_aws(folder))
        proxy = stack.enter_context(FaultProxy(endpoint, seen))
        chaos = Chaos(endpoint, proxy, folder)
        stack.callback(chaos.close)
        chaos.start_agent()
        deadline = time.monotonic() + 180
        while any(len(chaos.workers(module)) < count for module, count in TASKS.items()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"The workers do not start: {(folder / 'agent.log').read_text()[-2000:]}")
            time.sleep(0.2)
        yield chaos


def send(worker: Worker, number: signal.Signals) -> bool:
    """Signals the worker, if it still runs."""
    if not worker.identity.is_alive():
        return False
    try:
        os.kill(worker.pid, number)
    except ProcessLookupError:
        return False
    return True
