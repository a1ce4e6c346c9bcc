"""Kills a service at one exact AWS call, lets a fresh one finish, and looks at what became of it all."""

import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contract_processes import Process, kill, log_lines, send_signal, tail
from contract_services import MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import Aws, Queue, Sent, World
from embedded_aws.fault_proxy import Behaviour, Fault, FaultProxy, Forward, Request, Response

RECEIVE = "ReceiveMessage"
# As rare as the settings allow: most heartbeats are alike, and each is a kill point.
SETTINGS: Mapping[str, object] = {"HEARTBEAT_SECONDS": 1}
Fork = Callable[[str, Mapping[str, str]], Process]


@dataclass(frozen=True)
class KillPoint:
    """`after`: the server has done call number `at`, and its answer never arrives. `before`: it has not."""

    at: int
    when: Literal["after", "before"]


@dataclass(frozen=True)
class Case:
    """One run: the queues, what was sent and under which message ids, and what the killed process called."""

    world: World
    sent: Sequence[Sent]
    message_ids: Sequence[str]
    calls: Sequence[str]
    killed: bool


@dataclass(frozen=True, kw_only=True)
class Path:
    """One way of a message through a service.

    `messages(number)`: what case `number` sends. `check(case)`: asserts how it must end. `most_calls`: more
    than the path makes, so that the last kill points are never reached. `fewest_kills`: how many there are
    at least, one after each call and one before each write. `settings`: the first worker's;
    `fresh_settings`: the second one's, where they differ. `terminate_at`: SIGTERM comes with this call, and
    kill points are counted from there. `fault`: what happens to calls besides the kill.
    """

    name: str
    module: str
    messages: Callable[[int], Sequence[Sent]]
    check: Callable[[Case], None]
    most_calls: int
    fewest_kills: int
    settings: Mapping[str, object] = field(default_factory=dict)
    fresh_settings: Mapping[str, object] | None = None
    terminate_at: str = ""
    fault: Callable[[], Behaviour] | None = None


class KillSwitch:
    """A behaviour of the proxy: counts the calls and kills the process at the point.

    A receive that brings nothing changes nothing and is not counted: killed there, the process leaves what
    it left at the call before. From the kill on, whatever was still on its way is cut.
    """

    def __init__(self, point: KillPoint, inner: Behaviour, terminate_at: str) -> None:
        self._point = point
        self._inner = inner
        self._terminate_at = terminate_at
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._known = threading.Event()
        self.calls: list[str] = []
        self.killed = False

    def aim(self, process: Process) -> None:
        """Says whom to kill."""
        self._process = process
        self._known.set()

    def __call__(self, request: Request, forward: Forward) -> Response | None:
        """As FaultProxy calls it."""
        self._known.wait(10)
        if request.action == RECEIVE:
            return self._receive(request, forward)
        # One call at a time, so that the number of a call is the order in which the server did them.
        with self._lock:
            if self.killed or (self._counts(request) and self._reached("before")):
                return None
            answer = self._inner(request, forward)
            return None if self._reached("after") else self._passed(request, answer)

    def _receive(self, request: Request, forward: Forward) -> Response | None:
        answer = None if self.killed else self._inner(request, forward)
        if answer is None or b'"Messages"' not in answer.body:
            return answer
        with self._lock:
            if self.killed or (self._counts(request) and self._reached("after")):
                return None
            return self._passed(request, answer)

    def _counts(self, request: Request) -> bool:
        if self._terminate_at:
            return False
        self.calls.append(request.action)
        return True

    def _reached(self, when: str) -> bool:
        reached = not self._terminate_at and self._point == KillPoint(len(self.calls), when)  # type: ignore[arg-type]
        if reached and self._process is not None:
            send_signal(self._process, signal.SIGKILL)
            self.killed = True
        return reached

    def _passed(self, request: Request, answer: Response | None) -> Response | None:
        """Asks the process to stop, where the path says so, before the answer goes on its way."""
        if self._terminate_at and request.action == self._terminate_at and self._process is not None:
            process = self._process
            send_signal(process, signal.SIGTERM)
            wait_until(lambda: log_lines(process, "stop asked for"), "the service hears SIGTERM", every=0.02)
            self._terminate_at = ""
        return answer


class Crasher:
    """Runs the cases of a path; each has queues of its own, so that many can run at once."""

    def __init__(self, aws: Aws, services: Services, fork: Fork) -> None:
        self._aws = aws
        self._services = services
        self._fork = fork

    def run(self, path: Path, number: int, point: KillPoint) -> Case:
        """Kills at the point (if the path gets there), lets a fresh worker finish, and checks."""
        world = World(self._aws)
        sent = path.messages(number)
        message_ids = world_queue(world, path).send(*sent)
        switch = self._first(world, path, point)
        fresh_settings = path.settings if path.fresh_settings is None else path.fresh_settings
        fresh = self._fork(
            path.module, environment(world, path.module, settings={**SETTINGS, **fresh_settings})
        )
        case = Case(world, sent, message_ids, list(switch.calls), switch.killed)
        try:
            wait_until(world_queue(world, path).is_empty, "the queue is empty", every=0.25)
            path.check(case)
        except AssertionError as error:
            error.add_note(f"{path.name}, killed {point.when} call {point.at} of {case.calls}")
            error.add_note(
                f"queue counts {world_queue(world, path).counts()}; "
                f"the fresh worker (exit code {fresh.exit_code()}):\n{tail(fresh)}"
            )
            raise
        finally:
            kill(fresh)
        return case

    def _first(self, world: World, path: Path, point: KillPoint) -> KillSwitch:
        """The worker that may be killed; it is gone afterwards."""
        inner = path.fault() if path.fault is not None else _forward
        switch = KillSwitch(point, inner, path.terminate_at)
        with FaultProxy(self._aws.endpoint) as proxy:
            proxy.add(Fault("*", switch))
            settings = {**SETTINGS, **path.settings}
            env = environment(world, path.module, endpoint=proxy.endpoint, settings=settings)
            process = self._fork(path.module, env)
            switch.aim(process)
            try:
                wait_until(
                    lambda: process.exit_code() is not None or _is_through(world, path),
                    f"{path.name}: killed or through\n",
                    every=0.25,
                )
                if process.exit_code() is not None:
                    assert switch.killed or path.terminate_at, f"The worker ended itself:\n{tail(process)}"
            except AssertionError as error:
                error.add_note(f"{path.name}, {point}, calls {switch.calls}:\n{tail(process)}")
                raise
            finally:
                kill(process)
        return switch


def _is_through(world: World, path: Path) -> bool:
    # A worker that was asked to stop leaves messages to others; it is through when it has ended.
    return not path.terminate_at and world_queue(world, path).is_empty()


def _forward(request: Request, forward: Forward) -> Response | None:
    return forward(request)


def world_queue(world: World, path: Path) -> Queue:
    """The queue that the path's service consumes."""
    return world.triggers if path.module == MAIN_JOB else world.jobs


@dataclass(frozen=True)
class Coverage:
    """How often a path was killed, the calls of its longest whole run, and the calls of every case."""

    kills: int
    calls: Sequence[str]
    cases: Sequence[Sequence[str]]

    def __str__(self) -> str:
        return f"{self.kills} kill points; {' '.join(call.partition(' ')[0] for call in self.calls)}"


def kill_points(path: Path) -> list[KillPoint]:
    """After and before each call, and beyond the last."""
    numbers = range(1, path.most_calls + 1)
    return [point for at in numbers for point in (KillPoint(at, "after"), KillPoint(at, "before"))]


def coverage(path: Path, points: Sequence[KillPoint], cases: Sequence[Case]) -> Coverage:
    """Asserts that no call was left out: a kill after each, a kill before each write, and runs to the end.

    The number of calls varies a little: heartbeats come by the clock.
    """
    after = [(point.at, case) for point, case in zip(points, cases, strict=True) if point.when == "after"]
    killed_after = {at for at, case in after if case.killed}
    to_the_end = [case.calls for _, case in after if not case.killed]
    assert to_the_end, f"{path.name} makes more calls than {path.most_calls}"
    missed = set(range(1, min(map(len, to_the_end)) + 1)) - killed_after
    assert not missed, f"{path.name} was never killed after its calls {missed}"
    kills = sum(case.killed for case in cases)
    assert kills >= path.fewest_kills, f"{path.name} was killed only {kills} times"
    return Coverage(kills, max(to_the_end, key=len), [case.calls for case in cases])
