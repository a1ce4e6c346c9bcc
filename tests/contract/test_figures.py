"""What a job costs in API calls, counted on the wire at full batches, and what a service costs to run."""

import statistics
import threading
import time
from collections import Counter

import psutil
import pytest
from contract_accounting import balance_jobs
from contract_figures import Figures
from contract_messages import job, message, trigger
from contract_processes import kill
from contract_services import BACKGROUND_JOB, MAIN_JOB, Services, environment
from contract_waiting import wait_until
from contract_world import Aws, World
from embedded_aws.fault_proxy import Fault, FaultProxy, Forward, Request, Response
from queue_worker.acknowledge import LINGER_SECONDS
from queue_worker.batches import MAX_BATCH_ENTRIES

MESSAGES = 400
# As infra/modules/stack sets them.
MAIN_JOB_SETTINGS = {"CONCURRENCY": 8, "MAX_IN_FLIGHT": 200}
BACKGROUND_JOB_SETTINGS = {"CONCURRENCY": 16, "MAX_IN_FLIGHT": 16}
PRODUCTION_TIMES = {"VISIBILITY_TIMEOUT_SECONDS": 30, "HEARTBEAT_SECONDS": 10}
TRIGGER_STAGE_AT_MOST = 0.35
JOB_STAGE_AT_MOST = 0.25
# An outcome waits this long for nine others: slower, and batches are not full.
FULL_BATCHES_PER_SECOND = MAX_BATCH_ENTRIES / LINGER_SECONDS
ROUNDS = 3


class Wire:
    """Counts every call. Receives that bring nothing count as idle only once the queue is empty."""

    def __init__(self, proxy: FaultProxy) -> None:
        self._lock = threading.Lock()
        self._received = 0
        self.calls: Counter[str] = Counter()
        self.idle_receives = 0
        proxy.add(Fault("*", self._count))

    def _count(self, request: Request, forward: Forward) -> Response:
        with self._lock:
            everything_is_out = self._received >= MESSAGES
        answer = forward(request)
        with self._lock:
            brought = answer.body.count(b'"ReceiptHandle"') if request.action == "ReceiveMessage" else 0
            self._received += brought
            # A poll that was out when the last message went, or began after it, is what idling costs.
            if (
                request.action == "ReceiveMessage"
                and not brought
                and (everything_is_out or self._received >= MESSAGES)
            ):
                self.idle_receives += 1
            else:
                self.calls[request.action.split(" ")[0]] += 1
        return answer

    def per_job(self, *actions: str) -> float:
        """Calls a message; of these actions only, where some are named."""
        counted = sum(count for action, count in self.calls.items() if not actions or action in actions)
        return counted / MESSAGES

    def __repr__(self) -> str:
        each = ", ".join(f"{action} {count}" for action, count in sorted(self.calls.items()))
        return f"{each}; {self.idle_receives} idle receives not counted"


def test_the_trigger_stage_stays_within_its_calls(
    world: World, services: Services, proxy: FaultProxy, figures: Figures
) -> None:
    # Given full queues, and main_job with the settings of the stack
    wire = Wire(proxy)
    world.triggers.send(*(trigger() for _ in range(MESSAGES)))
    settings = {**MAIN_JOB_SETTINGS, **PRODUCTION_TIMES}

    # When all triggers have become jobs
    started = time.monotonic()
    services.start(MAIN_JOB, environment(world, MAIN_JOB, endpoint=proxy.endpoint, settings=settings))
    wait_until(world.triggers.is_empty, "all triggers are through")
    seconds = time.monotonic() - started

    # Then each took at most this many calls.
    assert world.jobs.counts()[0] == MESSAGES
    figures.add(
        f"calls a trigger: {wire.per_job():.3f} ({wire}), {MESSAGES} in {seconds:.1f} s with the start"
    )
    assert wire.per_job() <= TRIGGER_STAGE_AT_MOST, wire


@pytest.mark.timeout(1300)  # three rounds of up to 400 s
def test_the_job_stage_stays_within_its_calls(aws: Aws, services: Services, figures: Figures) -> None:
    # Given rounds of full queues: other load on the machine only adds calls, so the best of three counts
    for _ in range(ROUNDS):
        calls, seconds = queue_calls_a_job(aws, services, figures)
        most = JOB_STAGE_AT_MOST + calls_for_lack_of_company(seconds)
        if calls <= most:
            break

    # Then the queue took at most this many calls a job; ledger, result and log stream are beside that.
    assert calls <= most


def calls_for_lack_of_company(seconds: float) -> float:
    """Calls a job that a busy machine adds: below this rate receives and deletes go out half full."""
    if MESSAGES / seconds >= FULL_BATCHES_PER_SECOND:
        return 0
    return 2 * (seconds / LINGER_SECONDS) / MESSAGES


def queue_calls_a_job(aws: Aws, services: Services, figures: Figures) -> tuple[float, float]:
    """Lets background_job, with the settings of the stack, do all jobs; calls to SQS a job, and seconds."""
    world = World(aws)
    jobs = [job(data={"n": number}) for number in range(MESSAGES)]
    world.jobs.send(*map(message, jobs))
    settings = {**BACKGROUND_JOB_SETTINGS, **PRODUCTION_TIMES}
    with FaultProxy(aws.endpoint) as proxy:
        wire = Wire(proxy)
        started = time.monotonic()
        env = environment(world, BACKGROUND_JOB, endpoint=proxy.endpoint, settings=settings)
        process = services.start(BACKGROUND_JOB, env)
        wait_until(world.jobs.is_empty, "all jobs are done", seconds=400)
        seconds = time.monotonic() - started
        kill(process)
    queue_calls = wire.per_job("ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
    ledger, results = wire.per_job("UpdateItem", "GetItem"), wire.per_job("PUT")
    logs = wire.per_job("CreateLogStream", "PutLogEvents")
    figures.add(
        f"calls a job: queue {queue_calls:.3f}, ledger {ledger:.2f}, results {results:.2f}, logs {logs:.2f} "
        f"({wire}), {MESSAGES} in {seconds:.1f} s with the start"
    )
    assert queue_calls + ledger + results + logs == pytest.approx(wire.per_job()), f"unforeseen calls: {wire}"
    assert len(balance_jobs(world, [each.job_id for each in jobs]).succeeded) == MESSAGES
    return queue_calls, seconds


def start_and_size(world: World, services: Services, module: str) -> tuple[float, float]:
    """Seconds from the start to the first receive, and the idle memory in MiB."""
    settings = MAIN_JOB_SETTINGS if module == MAIN_JOB else BACKGROUND_JOB_SETTINGS
    with FaultProxy(world.aws.endpoint) as proxy:
        started = time.monotonic()
        env = environment(world, module, endpoint=proxy.endpoint, settings=settings)
        process = services.start(module, env)
        wait_until(lambda: proxy.calls["ReceiveMessage"], "the first receive", every=0.005)
        seconds = time.monotonic() - started
        wait_until(lambda: proxy.calls["ReceiveMessage"] > 1, "it polls")
        mib = psutil.Process(process.pid).memory_info().rss / 2**20
        kill(process)
    return seconds, mib


@pytest.mark.parametrize("module", [MAIN_JOB, BACKGROUND_JOB])
def test_start_up_and_memory_are_measured(
    world: World, services: Services, figures: Figures, module: str
) -> None:
    # Given three starts, with a proxy that sees the first receive
    measured = [start_and_size(world, services, module) for _ in range(3)]

    # Then the medians are told; they say nothing on a busy machine, so nothing is asserted.
    seconds, mib = (statistics.median(column) for column in zip(*measured, strict=True))
    figures.add(f"{module}: start to first receive {seconds:.2f} s, RSS idle {mib:.0f} MiB")
