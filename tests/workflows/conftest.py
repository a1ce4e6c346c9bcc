"""One world for all scenarios: a fork with its GitHub and its account."""

from collections.abc import Callable, Iterator

import pytest
from flow_world import World
from flow_world import world as make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, start_registry: Callable[[], str]) -> Iterator[World]:
    """About a minute: every root is applied once."""
    with make_world(tmp_path_factory.mktemp("workflows"), start_registry()) as made:
        yield made
