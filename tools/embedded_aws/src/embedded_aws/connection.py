"""Which client the current thread is answering, and whether it is still there."""

import socket
import threading

_current = threading.local()


def set_client(client: socket.socket) -> None:
    """Remember the socket whose request this thread serves."""
    _current.socket = client


def client_is_gone() -> bool:
    """True when the client of this thread closed its connection (it was killed, or gave up waiting).

    A thread that serves no socket (tests that call moto directly) has a client that never leaves.
    """
    client: socket.socket | None = getattr(_current, "socket", None)
    if client is None:
        return False
    try:
        return client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
