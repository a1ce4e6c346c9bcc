"""Ports: tasks share this machine's, so each gets one of its own and hears of it as PORT."""

import socket
from collections.abc import Container, Iterable

from local_agent.front import Served
from local_agent.task import Task
from local_agent.task_definition import ContainerDefinition


def own_port(container: ContainerDefinition) -> int | None:
    """A free port for the process of a container that serves one; None for one that serves none."""
    if container.port is None:
        return None
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def served(tasks: Iterable[Task], leaving: Container[str]) -> dict[str, Served]:
    """For each service that serves a port: its port, and those of its tasks that are up.

    `leaving`: ids of tasks that get no more connections.
    """
    found: dict[str, Served] = {}
    for task in tasks:
        for container in task.containers:
            name, port = task.order.service_name, container.definition.port
            if name is None or port is None or task.is_stopped:
                continue
            before = found.get(name, Served(port, ()))
            is_up = task.is_steady() and task.order.id not in leaving
            own = (container.host_port,) if is_up and container.host_port else ()
            # Of two revisions the newest one's port.
            found[name] = Served(port, before.task_ports + own)
    return found
