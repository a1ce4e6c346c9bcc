"""Each module passes its own tests, offline, and says what it takes and gives."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployment.terraform.shared_provider import shared_provider

Terraform = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
MODULES = sorted(path.parent for path in (REPOSITORY / "infra/modules").glob("*/main.tf"))
by_name = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)

# An address where nobody listens: a test that is not offline fails, instead of reaching an account.
OFFLINE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
# Go collects garbage later: a third of the processor's time of these short runs went into that.
LATE_COLLECTION = {"GOGC": "400"}


@pytest.fixture(scope="module")
def provider(
    infra_copy: Path, terraform: Terraform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The variables that let all modules' tests use one process of the provider, which sees no AWS."""
    data = tmp_path_factory.mktemp("provider")
    module = infra_copy / "modules" / MODULES[0].name
    initialised = terraform(module, "init", "-input=false", "-no-color", env={"TF_DATA_DIR": str(data)})
    assert initialised.returncode == 0, initialised.stderr
    with shared_provider(data, os.environ | OFFLINE) as variables:
        yield variables


@by_name
def test_a_module_passes_its_own_tests(
    module: Path, infra_copy: Path, terraform: Terraform, provider: dict[str, str]
) -> None:
    copy = infra_copy / "modules" / module.name
    initialised = terraform(copy, "init", "-input=false", "-no-color", env=provider)
    assert initialised.returncode == 0, initialised.stderr

    tested = terraform(copy, "test", "-no-color", env=OFFLINE | LATE_COLLECTION | provider)

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert re.search(r"Success! [1-9]\d* passed, 0 failed\.", tested.stdout), tested.stdout


@by_name
def test_every_rule_on_a_variable_is_seen_to_refuse(module: Path) -> None:
    variables = _variables(module)
    ruled = {
        name
        for name, body in re.findall(r'^variable "(\w+)" \{(.*?)^\}', variables, re.M | re.S)
        if "validation {" in body
    }
    tests = "".join(path.read_text() for path in module.glob("tests/*.tftest.hcl"))
    refused = set(re.findall(r"var\.(\w+)", " ".join(re.findall(r"expect_failures = \[(.*?)\]", tests))))

    # `location` is the same text in every module; the queue's tests refuse a wrong one for all.
    assert ruled - refused - {"location"} == set()


@by_name
def test_a_readme_names_every_input_and_output(module: Path) -> None:
    readme = (module / "README.md").read_text()
    text = _variables(module) + (module / "outputs.tf").read_text()
    declared = re.findall(r'^(?:variable|output) "(\w+)"', text, re.MULTILINE)

    assert [name for name in declared if f"`{name}`" not in readme] == []
    assert "```hcl" in readme


def test_location_means_the_same_everywhere() -> None:
    blocks = {
        match.group(0)
        for module in MODULES
        if (match := re.search(r'^variable "location" \{.*?^\}', _variables(module), re.M | re.S))
    }

    assert len(blocks) == 1


def _variables(module: Path) -> str:
    """A module with many variables has some in files of their own, such as variables_alarms.tf."""
    return "".join(path.read_text() for path in sorted(module.glob("variables*.tf")))
