"""Work that moto repeats for every request, done once.

For each request moto lists its installed services from disk, tries the host name against the patterns of
all 150 services, and lists the methods of the response class. None of the answers ever changes.
"""

import functools
import gc

from moto import backends
from moto.core import responses
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def apply() -> None:
    """Remember the answers."""
    services = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    find = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    DomainDispatcherApplication.get_backend_for_host = find
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)


def freeze() -> None:
    """Keep the garbage collector away from everything loaded so far: it lives as long as the process."""
    gc.collect()
    gc.freeze()
