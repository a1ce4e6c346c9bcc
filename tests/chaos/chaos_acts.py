"""Does what the schedule says: signals to processes, faults in the proxy, wrong clocks; and undoes it."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from chaos_schedule import Disturbance
from chaos_world import Chaos, Worker, send
from embedded_aws.fault_proxy import (
    Behaviour,
    Fault,
    Request,
    cut_after,
    cut_before,
    cut_midway,
    hang,
    refuse,
    slow,
)

# SQS, DynamoDB and CloudWatch Logs refuse what is signed with a time further off; S3 allows 15 minutes.
AWS_ALLOWS_SECONDS = 300


class Acts:
    """Runs a schedule in threads of its own. `done`: how often each kind really happened."""

    def __init__(self, chaos: Chaos, schedule: Sequence[Disturbance], say: Callable[[str], None]) -> None:
        self._chaos, self._schedule, self._say = chaos, schedule, say
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._one_outage = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.done: Counter[str] = Counter()
        self.hits: Counter[str] = Counter()
        self.killed_tasks: set[str] = set()
        refusal = refuse(
            "InvalidSignatureException", status=403, text="Signature expired: the clock is wrong"
        )
        self._skew = chaos.proxy.add(Fault("*", refusal, on=_is_signed_at_another_time))

    def run(self) -> None:
        """Returns when the last disturbance has begun."""
        began = time.monotonic()
        for disturbance in self._schedule:
            if self._over.wait(max(0.0, began + disturbance.at_seconds - time.monotonic())):
                return
            thread = threading.Thread(target=self._act, args=(disturbance,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Everything is as it should be again: no fault, no stopped process, right clocks, an agent."""
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        self._chaos.proxy.clear()
        self.hits["clock refused"] = self._skew.hits
        with self._chaos.agent_lock:
            self._chaos.start_agent()

    def _act(self, disturbance: Disturbance) -> None:
        act = {
            "kill background_job": self._kill,
            "kill main_job": self._kill,
            "kill agent": self._kill_agent,
            "drain": self._drain,
            "pause": self._pause,
            "clock off": self._set_clock,
            "clock wrong by hours": self._set_clock,
            "connections refused": self._refuse_connections,
        }.get(disturbance.kind, self._break_calls)
        try:
            happened = act(disturbance)
        except Exception as error:  # a broken act must be seen, and must not go on alone
            self._say(f"{disturbance}: {error!r}")
            raise
        with self._lock:
            self.done[disturbance.kind] += happened

    def _worker(self, disturbance: Disturbance, *, spare_oldest: bool = False) -> Worker | None:
        """One of the running processes. The oldest is spared by kills: it shows whether memory grows."""
        workers = self._chaos.workers(disturbance.target)[1 if spare_oldest else 0 :]
        return workers[int(disturbance.choice * len(workers))] if workers else None

    def _kill(self, disturbance: Disturbance) -> bool:
        worker = self._worker(disturbance, spare_oldest=True)
        if worker is None:
            return False
        with self._lock:
            self.killed_tasks.add(worker.task)
        return send(worker, signal.SIGKILL)

    def _drain(self, disturbance: Disturbance) -> bool:
        worker = self._worker(disturbance, spare_oldest=True)
        return worker is not None and send(worker, signal.SIGTERM)

    def _pause(self, disturbance: Disturbance) -> bool:
        worker = self._worker(disturbance)
        if worker is None or not send(worker, signal.SIGSTOP):
            return False
        self._over.wait(disturbance.duration_seconds)
        send(worker, signal.SIGCONT)
        return True

    def _kill_agent(self, disturbance: Disturbance) -> bool:
        with self._chaos.agent_lock:
            self._chaos.kill_agent()
            self._over.wait(disturbance.duration_seconds)
            self._chaos.start_agent()
        return True

    def _set_clock(self, disturbance: Disturbance) -> bool:
        worker = self._worker(disturbance)
        if worker is None or self._chaos.clock is None:
            return False
        self._chaos.set_clock(worker, disturbance.amount)
        self._over.wait(disturbance.duration_seconds)
        self._chaos.set_clock(worker, 0)
        return True

    def _refuse_connections(self, disturbance: Disturbance) -> bool:
        with self._one_outage:
            self._chaos.proxy.stop()
            self._over.wait(disturbance.duration_seconds)
            self._chaos.proxy.start()
        return True

    def _break_calls(self, disturbance: Disturbance) -> bool:
        over = threading.Event()
        fault = Fault(
            disturbance.target,
            _behaviour(disturbance, over),
            on=_share(1.0 if disturbance.kind == "slow answers" else disturbance.amount),
        )
        self._chaos.proxy.add(fault)
        self._over.wait(disturbance.duration_seconds)
        over.set()
        self._chaos.proxy.remove(fault)
        with self._lock:
            self.hits[disturbance.kind] += fault.hits
        return True


def _behaviour(disturbance: Disturbance, over: threading.Event) -> Behaviour:
    # S3 names it otherwise, and takes the word for it from the status.
    throttled = (
        "ProvisionedThroughputExceededException"
        if disturbance.target == "UpdateItem"
        else "ThrottlingException"
    )
    status = 503 if disturbance.target == "PUT *" else 400
    return {
        "internal errors": refuse("InternalFailure", status=500),
        "throttling": refuse(throttled, status=status),
        "slow answers": slow(disturbance.amount),
        "no answers": hang(over, 30),
        "cut before": cut_before,
        "cut after": cut_after,
        "cut midway": cut_midway,
        "credentials expired": refuse("ExpiredTokenException", text="The security token has expired"),
    }[disturbance.kind]


def _share(share: float) -> Callable[[Request], bool]:
    """True for this share of the calls, evenly; the first always."""
    lock = threading.Lock()
    waiting = [1.0 - share]

    def chosen(_: Request) -> bool:
        with lock:
            waiting[0] += share
            if waiting[0] < 1.0:
                return False
            waiting[0] -= 1.0
            return True

    return chosen


def _is_signed_at_another_time(request: Request) -> bool:
    signed = next((value for name, value in request.headers.items() if name.lower() == "x-amz-date"), "")
    if not signed:
        return False
    moment = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return abs((datetime.now(UTC) - moment).total_seconds()) > AWS_ALLOWS_SECONDS
