"""The drain: how a worker stops without losing, doubling or hiding anything.

The order matters:

1. Stop receiving, and hand back what no handler has begun: others can have it at once.
2. Wait for the long polls that are out. Cut short, their messages would stay invisible, held by nobody; what
   they still bring is handed back.
3. Let running handlers finish, until the drain time is nearly over.
4. Hand back what still runs: first its lease (another worker may claim it), then its visibility.
5. Settle the last outcomes: delete, send, make visible.
6. Flush the job logs (`on_drained`), then the metrics. They may speak of everything before.
"""

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from queue_worker.errors import Unavailable
from queue_worker.settings import DRAIN_RESERVE_SECONDS

if TYPE_CHECKING:
    from queue_worker.worker import Worker

logger = logging.getLogger(__name__)
CHECK_SECONDS = 0.05


def drain(worker: "Worker", on_drained: Callable[[], None] | None = None) -> bool:
    """Stops the worker within its drain time; True when every handler has ended."""
    started = time.monotonic()
    deadline = started + worker.settings.drain_timeout_seconds
    handlers_end = deadline - DRAIN_RESERVE_SECONDS
    worker.stopping.set()
    worker.pollers.stop()
    while _busy(worker) and time.monotonic() < handlers_end:
        worker.hand_back_waiting()
        worker.tick()
        time.sleep(CHECK_SECONDS)
    worker.pollers.join(handlers_end)
    clean = _hand_back_running(worker)
    worker.patience.end_by(deadline)
    worker.acknowledger.close()
    if not worker.in_flight.wait_empty(max(0.0, deadline - time.monotonic())):
        logger.error("drain ended early", extra={"held": len(worker.in_flight)})
    worker.handlers.close()
    worker.close()
    if on_drained is not None:
        on_drained()
    worker.metrics.flush()
    worker.settings.health_file.unlink(missing_ok=True)
    logger.info("drained", extra={"seconds": round(time.monotonic() - started, 3), "clean": clean})
    return clean


def _busy(worker: "Worker") -> bool:
    """True while a long poll is out or a handler runs that is not beyond its time."""
    running = any(not message.overran for message in worker.in_flight.snapshot())
    return running or worker.pollers.any_alive()


def _hand_back_running(worker: "Worker") -> bool:
    """Gives up on handlers that still run; True when there were none."""
    clean = True
    for message in worker.in_flight.snapshot():
        if message.started_at is None:
            continue
        clean = False
        if message.overran:
            # Its visibility and lease end by themselves; it must not start elsewhere while it runs here.
            if message.settle():
                worker.in_flight.remove(message)
            continue
        if message.settle():
            logger.warning("handed back while its handler runs", extra={"messageId": message.message_id})
            try:
                message.release()
            except Exception:
                logger.warning("lease not released", extra={"messageId": message.message_id}, exc_info=True)
            worker.acknowledger.submit(message, Unavailable("The drain time is over."))
    return clean
