"""Passes connections on: `python relay.py FROM TO`, each `unix:PATH` or `tcp:HOST:PORT`.

Two of them are the only way out of a container's network that has but loopback: one inside it, one on the
machine, and a socket file between. Runs with the image's own Python, so it needs nothing but that.
"""

import asyncio
import contextlib
import sys
from pathlib import Path

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(address: str) -> Streams:
    """To `unix:PATH` or `tcp:HOST:PORT`."""
    kind, _, place = address.partition(":")
    if kind == "unix":
        return await asyncio.open_unix_connection(place)
    host, _, port = place.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one end closes."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(listen: str, target: str) -> None:
    """For ever."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await connect(target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    kind, _, place = listen.partition(":")
    if kind == "unix":
        server = await asyncio.start_unix_server(accept, place)
        # The container's user is another one.
        Path(place).chmod(0o777)
    else:
        host, _, port = place.rpartition(":")
        server = await asyncio.start_server(accept, host, int(port))
    print("ready", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
