"""Work that moto repeats for every request, done once.

For each request moto lists its installed services from disk, tries the host name against the patterns of
all 150 services, and lists the methods of the response class. None of the answers ever changes. The first
request loads 1,500 managed policies for each of six partitions.
"""

import functools
import gc

from moto import backends
from moto.core import DEFAULT_ACCOUNT_ID, responses
from moto.iam import models as iam
from moto.moto_server.werkzeug_app import DomainDispatcherApplication


def apply() -> None:
    """Remember the answers."""
    services = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: services
    find = functools.cache(DomainDispatcherApplication.get_backend_for_host)
    DomainDispatcherApplication.get_backend_for_host = find
    responses.method_names_from_class = functools.cache(responses.method_names_from_class)
    # Where moto looks for the owner of an access key; China and GovCloud have none here.
    iam.PARTITION_NAMES = ["aws"]


def freeze() -> None:
    """Load the policies; keep the garbage collector away from all that lives as long as the process."""
    _ = iam.iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    gc.collect()
    gc.freeze()
