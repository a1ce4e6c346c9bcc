"""The drain: how a worker stops without losing, doubling or hiding anything.

The order matters:

1. Stop receiving, and hand back what no handler has begun: others can have it at once.
2. Wait for the long polls that are out. Cut short, their messages would stay invisible, held by nobody; what
   they still bring is handed back.
3. Let running handlers finish, until the drain time is nearly over.
4. Hand back what still runs: first its lease (another worker may claim it), then its visibility.
5. Settle the last outcomes: delete, send, make visible.
6. Flush the job logs (`on_drained`, told how many seconds are left), then the metrics. They may speak of
   everything before.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from queue_worker.errors import Unavailable
from queue_worker.message import Message
from queue_worker.settings import DRAIN_RESERVE_SECONDS

if TYPE_CHECKING:
    from queue_worker.worker import Worker

logger = logging.getLogger(__name__)
CHECK_SECONDS = 0.05
# Of the reserve at the end: the most for releasing leases, and what is kept free for `on_drained`. What AWS
# does not take in time is left alone: its visibility and its lease end by themselves.
RELEASE_SECONDS = 1.5
FLUSH_SECONDS = 2


def drain(worker: "Worker", on_drained: Callable[[float], object] | None = None) -> bool:
    """Stops the worker within its drain time; True when every handler has ended."""
    started = time.monotonic()
    deadline = started + worker.settings.drain_timeout_seconds
    settled_by = deadline - FLUSH_SECONDS
    handlers_end = deadline - DRAIN_RESERVE_SECONDS
    worker.stopping.set()
    worker.patience.end_by(settled_by)
    worker.pollers.stop()
    while _busy(worker) and time.monotonic() < handlers_end:
        worker.hand_back_waiting()
        worker.tick()
        time.sleep(CHECK_SECONDS)
    worker.pollers.join(handlers_end)
    clean = _hand_back_running(worker, handlers_end + RELEASE_SECONDS)
    worker.acknowledger.close()
    if not worker.in_flight.wait_empty(max(0.0, settled_by - time.monotonic())):
        logger.error("drain ended early", extra={"held": len(worker.in_flight)})
    worker.handlers.close()
    worker.close()
    if on_drained is not None:
        on_drained(max(0.0, deadline - time.monotonic()))
    worker.metrics.flush()
    worker.settings.health_file.unlink(missing_ok=True)
    logger.info("drained", extra={"seconds": round(time.monotonic() - started, 3), "clean": clean})
    return clean


def _busy(worker: "Worker") -> bool:
    """True while a long poll is out or a handler runs that is not beyond its time."""
    running = any(not message.overran for message in worker.in_flight.snapshot())
    return running or worker.pollers.any_alive()


def _hand_back_running(worker: "Worker", deadline: float) -> bool:
    """Gives up on handlers that still run; True when there were none."""
    running = [message for message in worker.in_flight.snapshot() if message.started_at is not None]
    # Each in a thread: a ledger that does not answer for one must not keep the others, nor the exit.
    threads = [threading.Thread(target=_hand_back, args=(worker, each), daemon=True) for each in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not running


def _hand_back(worker: "Worker", message: Message) -> None:
    """First the lease, then the visibility, so that whoever gets the message may also claim it."""
    if not message.settle():
        return
    if message.overran:
        # Its visibility and lease end by themselves; it must not start elsewhere while it runs here.
        worker.in_flight.remove(message)
        return
    logger.warning("handed back while its handler runs", extra={"messageId": message.message_id})
    try:
        message.release()
    except Exception:
        logger.warning("lease not released", extra={"messageId": message.message_id}, exc_info=True)
    worker.acknowledger.submit(message, Unavailable("The drain time is over."))
