"""The HTTP side: routes, limits and answers. What a submission is, intake.py knows."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import anyio
import anyio.to_thread
from queue_worker import Metrics
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from http_intake.body import read_limited
from http_intake.errors import Away, Refused, WrongToken
from http_intake.intake import Intake
from http_intake.openapi import document
from http_intake.readiness import Readiness
from http_intake.settings import Settings

log = logging.getLogger("http_intake")
ACCEPTED = "Payload accepted and queued."
METRICS_INTERVAL_SECONDS = 10.0


def make_app(settings: Settings, intake: Intake, metrics: Metrics) -> Starlette:
    """The ASGI application."""
    api = _Api(settings, intake, metrics)
    return Starlette(
        routes=[
            Route("/submit", api.submit, methods=["POST"]),
            Route("/health", api.health, methods=["GET"]),
            Route("/ready", api.ready, methods=["GET"]),
            Route("/openapi.json", api.openapi, methods=["GET"]),
        ],
        exception_handlers={
            Refused: api.refuse,
            HTTPException: _no_such_route,
            ClientDisconnect: _nobody_listens,
            Exception: _our_fault,
        },
        lifespan=partial(_metrics_written, metrics),
    )


class _Api:
    def __init__(self, settings: Settings, intake: Intake, metrics: Metrics) -> None:
        self._settings = settings
        self._intake = intake
        self._metrics = metrics
        self._readiness = Readiness(intake.check)
        self._threads = anyio.CapacityLimiter(settings.max_in_flight)
        self._document = document(settings)

    async def submit(self, request: Request) -> Response:
        """202 would say as much; 200 is what the clients of this API know."""
        began = time.monotonic()
        body = await read_limited(
            request, self._settings.max_body_bytes, timeout_seconds=self._settings.body_timeout_seconds
        )
        if self._threads.available_tokens <= 0:
            # Better told at once than kept waiting behind an SQS that is slow.
            raise Away("Too many submissions wait to be queued at the moment; try again.")
        job_id = await anyio.to_thread.run_sync(self._intake.take, body, limiter=self._threads)
        took_ms = (time.monotonic() - began) * 1000
        self._metrics.count("Accepted")
        self._metrics.observe("SubmitMs", took_ms)
        log.info("submission queued", extra={"jobId": job_id, "durationMs": round(took_ms, 1)})
        return JSONResponse({"message": ACCEPTED}, headers={"Job-Id": job_id})

    async def health(self, request: Request) -> Response:
        """The process lives; AWS is not touched, for a restart would not mend it."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """A submission could be taken now; raises Away."""
        await anyio.to_thread.run_sync(self._readiness.check)
        return JSONResponse({"status": "ready"})

    async def openapi(self, request: Request) -> Response:
        """What all this looks like to a client."""
        return JSONResponse(self._document)

    async def refuse(self, request: Request, error: Exception) -> Response:
        """The error's own status, sentence and field."""
        assert isinstance(error, Refused)  # noqa: S101  # registered for it only
        self._metrics.count(f"Refused{error.status}")
        # The sentence may quote what was sent: the log gets the field only.
        log.warning("request refused", extra={"status": error.status, "field": error.field})
        content = {"message": error.sentence} | ({"field": error.field} if error.field else {})
        headers = {}
        if isinstance(error, Away):
            headers["Retry-After"] = str(self._settings.retry_after_seconds)
        if isinstance(error, WrongToken):
            headers["WWW-Authenticate"] = "Token"
        return JSONResponse(content, status_code=error.status, headers=headers)


async def _no_such_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for it only
    return JSONResponse({"message": error.detail}, status_code=error.status_code, headers=error.headers)


async def _nobody_listens(request: Request, error: Exception) -> Response:
    """The client went away before its body was complete; nothing was queued."""
    return Response(status_code=400)


async def _our_fault(request: Request, error: Exception) -> Response:
    """Starlette logs the traceback by raising the error once more."""
    return JSONResponse({"message": "Something went wrong here."}, status_code=500)


@asynccontextmanager
async def _metrics_written(metrics: Metrics, app: Starlette) -> AsyncIterator[None]:
    """Every few seconds, and once more at the end."""

    async def write_now_and_then() -> None:
        while True:
            await asyncio.sleep(METRICS_INTERVAL_SECONDS)
            metrics.flush()

    writing = asyncio.create_task(write_now_and_then())
    try:
        yield
    finally:
        writing.cancel()
        with suppress(asyncio.CancelledError):
            await writing
        metrics.flush()
