"""Every call of the two services, recorded while they take every path: what IAM must allow follows from it.

After a change of the calls, `RECORD=1 pytest tests/infra/test_recorded_calls.py` writes the file anew.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from authorization_table import FOLDER, Place, recorded, table
from recorded_paths import take_all
from recorded_world import ACCOUNT, REGION, SERVICES, RecordedWorld

pytestmark = pytest.mark.timeout(600)

Calls = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def observed(
    plans: Mapping[str, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Calls]:
    """What the services called on every path, and what ECS called with their execution roles."""
    world = RecordedWorld(plans["dev"], tmp_path_factory.mktemp("recorded"))
    try:
        take_all(world)
        calls = calls_by_role(world)
        if os.environ.get("RECORD"):
            (FOLDER / "service_calls.json").write_text(json.dumps(calls, indent=2) + "\n")
        yield calls
    except AssertionError as error:
        raise AssertionError(f"{error}\nThe services said last:\n{world.tails()}") from error
    finally:
        world.close()


def calls_by_role(world: RecordedWorld) -> Calls:
    """Sorted, each once, with placeholders."""
    place = Place(world.prefix, ACCOUNT, REGION, key_arn="")
    names = {f"{world.prefix}-{service}-task": service for service in SERVICES}
    names |= {f"{world.prefix}-{service}-execution": f"{service}-execution" for service in SERVICES}
    found: dict[str, set[tuple[str, str]]] = {name: set() for name in sorted(names.values())}
    for line in world.lines():
        role = line["principal"].rpartition("/")[0].rpartition("/")[2]  # ...:assumed-role/<role>/<session>
        if role in names:
            operation = f"{line['service']}:{line['action']}"
            found[names[role]] |= {(operation, place.empty(resource)) for resource in line["resources"]}
    return {
        name: [{"operation": operation, "resource": resource} for operation, resource in sorted(calls)]
        for name, calls in found.items()
    }


def test_the_services_call_what_is_recorded(observed: Calls) -> None:
    known = recorded()
    news = [
        f"{name} now calls {call['operation']} on {call['resource']}"
        for name, calls in observed.items()
        for call in calls
        if call not in known[name]
    ]
    gone = [
        f"{name} calls {call['operation']} on {call['resource']} no longer"
        for name, calls in known.items()
        for call in calls
        if call not in observed[name]
    ]
    assert not news + gone, (
        "\n".join(news + gone)
        + "\nRun RECORD=1 pytest tests/infra/test_recorded_calls.py. What AWS authorizes for a new operation "
        "goes into policies/authorization/actions.yaml, the permission into infra/modules/stack/jobs.tf."
    )


def test_the_table_has_each_recorded_operation_with_its_source_and_no_other() -> None:
    operations = table()
    assert set(operations) == {call["operation"] for calls in recorded().values() for call in calls}
    for name, entry in operations.items():
        assert entry["actions"], name
        assert entry["sources"], name
        assert all(source.startswith("https://docs.aws.amazon.com/") for source in entry["sources"]), name
        reference = entry["sources"][0]
        assert reference.startswith(
            "https://docs.aws.amazon.com/service-authorization/latest/reference/list_"
        ), name


def test_the_record_is_in_order() -> None:
    text: Any = (Path(FOLDER) / "service_calls.json").read_text()
    calls = recorded()
    in_order = {
        name: sorted(calls[name], key=lambda call: (call["operation"], call["resource"]))
        for name in sorted(calls)
    }
    assert text == json.dumps(in_order, indent=2) + "\n"
