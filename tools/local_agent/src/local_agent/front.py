"""One address for each service that serves a port, whichever of its tasks run: what a load balancer does.

A relay of bytes on 127.0.0.1, at the container's own port where that is free. It listens as long as the agent
knows the service, and gives each new connection to the next task that is up.
"""

import asyncio
import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local_agent.events import log

# A connection that comes while no task is up, as between two of them, waits for one.
WAIT_FOR_TASK_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 0.1
CALL_SECONDS = 10.0
CHUNK_BYTES = 65_536


@dataclass(frozen=True)
class Served:
    """A service's port, as its task definition names it, and where its tasks listen on this machine."""

    port: int
    task_ports: tuple[int, ...]


@dataclass
class _Front:
    server: asyncio.Server
    address: str
    served: Served
    turn: int = 0
    connections: set["asyncio.Task[None]"] = field(default_factory=set)


class Fronts:
    """Serves in a thread of its own."""

    def __init__(self) -> None:
        self._fronts: dict[str, _Front] = {}
        self._wanted: Mapping[str, Served] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fronts", daemon=True)
        self._thread.start()

    @property
    def addresses(self) -> dict[str, str]:
        """`http://127.0.0.1:PORT` by the service's name."""
        return {name: front.address for name, front in self._fronts.items()}

    def serve(self, wanted: Mapping[str, Served]) -> None:
        """From now on these, and no others. When it returns, no new connection goes to another task."""
        if wanted != self._wanted:
            asyncio.run_coroutine_threadsafe(self._change(wanted), self._loop).result(CALL_SECONDS)
            self._wanted = dict(wanted)

    def close(self) -> None:
        """Ends every connection."""
        asyncio.run_coroutine_threadsafe(self._change({}), self._loop).result(CALL_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(CALL_SECONDS)

    async def _change(self, wanted: Mapping[str, Served]) -> None:
        for name in set(self._fronts) - set(wanted):
            await self._end(self._fronts.pop(name))
        for name, served in wanted.items():
            if name in self._fronts:
                self._fronts[name].served = served
            else:
                await self._open(name, served)

    async def _open(self, name: str, served: Served) -> None:
        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._relay(name, reader, writer)

        try:
            server = await asyncio.start_server(relay, "127.0.0.1", served.port)
        except OSError:
            server = await asyncio.start_server(relay, "127.0.0.1", 0)
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._fronts[name] = _Front(server, address, served)
        log("service_address", service=name, address=address)

    async def _end(self, front: _Front) -> None:
        front.server.close()
        for connection in front.connections:
            connection.cancel()
        await asyncio.gather(*front.connections, return_exceptions=True)

    async def _relay(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        front, this = self._fronts.get(name), asyncio.current_task()
        if front is None or this is None:
            writer.close()
            return
        front.connections.add(this)
        try:
            await _join(reader, writer, await _connect(front))
        except (OSError, TimeoutError):
            pass  # the client notices by its closed connection
        finally:
            front.connections.discard(this)
            writer.close()


async def _connect(front: _Front) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection to the next task that takes one; raises TimeoutError."""
    async with asyncio.timeout(WAIT_FOR_TASK_SECONDS):
        while True:
            for port in _from_next(front):
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection("127.0.0.1", port)
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _from_next(front: _Front) -> Sequence[int]:
    ports = front.served.task_ports
    front.turn += 1
    start = front.turn % len(ports) if ports else 0
    return ports[start:] + ports[:start]


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    task: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    """Until both sides have said all."""
    task_reader, task_writer = task
    try:
        await asyncio.gather(_pass_on(reader, task_writer), _pass_on(task_reader, writer))
    finally:
        task_writer.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
    writer.write_eof()
