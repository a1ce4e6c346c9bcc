"""`make example NAME=service_fleet`: nine services, each at its own port."""

import re
from pathlib import Path

import pytest
import requests
from jobctl.examples.service_fleet import SERVICES
from local_example import REPOSITORY, brought_up

pytestmark = [pytest.mark.slow, pytest.mark.waits, pytest.mark.timeout(1700)]


def test_nine_placeholders_say_who_they_are_at_the_ports_of_the_table(tmp_path: Path) -> None:
    table = (REPOSITORY / "examples/service_fleet/infra/services.tf").read_text()
    ports = {name: int(port) for name, port in re.findall(r"^    (\w+) += \{ port = (\d+),", table, re.M)}
    assert tuple(ports) == SERVICES

    with brought_up("service_fleet", tmp_path / "stack") as printed:
        addresses = dict(re.findall(r"^(\w+) +(http://127\.0\.0\.1:\d+)/health ", printed, re.M))
        answers = {
            name: requests.get(f"{address}/health", timeout=60).json() for name, address in addresses.items()
        }

    assert {name: answer["service"] for name, answer in answers.items()} == {name: name for name in SERVICES}
    # Where another program of this machine has one of the ports, that service has another address.
    assert len(set(addresses.values())) == len(SERVICES)
    assert {f"http://127.0.0.1:{port}" for port in ports.values()} & set(addresses.values())
