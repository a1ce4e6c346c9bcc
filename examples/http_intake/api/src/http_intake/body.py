"""Reads a request's body: not more than the limit, and not for ever."""

import asyncio

from starlette.requests import Request

from http_intake.errors import TooLarge, TooSlow


async def read_limited(request: Request, max_bytes: int, *, timeout_seconds: float) -> bytes:
    """The body; raises TooLarge as soon as it is known to be, and TooSlow."""
    if _announced_bytes(request) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(timeout_seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise TooSlow(f"The body did not arrive within {timeout_seconds:g} seconds.", field="body") from None
    return bytes(body)


def _announced_bytes(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    return int(text) if text.isdecimal() else 0


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"The body is larger than {max_bytes} bytes.", field="body")
