"""The roots of the examples: offline they pass their own tests, and each stands on its own."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Protocol

import pytest
from deployment.terraform.shared_provider import shared_provider
from example_readmes import folder
from first_plans import ENVS, EXAMPLES

# An address where nobody listens: a test that is not offline fails, instead of reaching an account.
OFFLINE = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "GOGC": "400"}
by_name = pytest.mark.parametrize("example", EXAMPLES)


class Terraform(Protocol):
    """Runs Terraform in a folder."""

    def __call__(
        self, folder: Path, *arguments: str, env: dict[str, str] | None = None
    ) -> CompletedProcess[str]:
        """`terraform -chdir=folder arguments`."""


@pytest.fixture(scope="module")
def provider(
    code_copy: Path, terraform: Terraform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The variables that let all roots' tests use one process of the provider, which sees no AWS."""
    data = tmp_path_factory.mktemp("provider")
    root = code_copy / "examples" / EXAMPLES[0] / "infra"
    initialised = terraform(root, "init", "-backend=false", "-no-color", env={"TF_DATA_DIR": str(data)})
    assert initialised.returncode == 0, initialised.stderr
    # Nothing of this machine's own settings of AWS: a provider takes some of them once only.
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    with shared_provider(data, env | OFFLINE) as variables:
        yield variables


@by_name
def test_an_example_passes_its_own_tests(
    example: str, code_copy: Path, terraform: Terraform, provider: dict[str, str]
) -> None:
    root = code_copy / "examples" / example / "infra"
    initialised = terraform(root, "init", "-backend=false", "-no-color", env=provider)
    assert initialised.returncode == 0, initialised.stderr

    tested = terraform(root, "test", "-no-color", env=OFFLINE | provider)

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert re.search(r"Success! [1-9]\d* passed, 0 failed\.", tested.stdout), tested.stdout


@by_name
def test_every_rule_on_a_variable_is_seen_to_refuse(example: str) -> None:
    variables = (folder(example) / "variables.tf").read_text()
    ruled = {
        name
        for name, body in re.findall(r'^variable "(\w+)" \{(.*?)^\}', variables, re.M | re.S)
        if "validation {" in body
    }
    tests = "".join(path.read_text() for path in folder(example).glob("tests/*.tftest.hcl"))
    refused = set(re.findall(r"var\.(\w+)", " ".join(re.findall(r"expect_failures = \[(.*?)\]", tests))))

    assert ruled
    assert ruled - refused == set()


@by_name
def test_an_example_uses_the_provider_of_the_environments(example: str) -> None:
    for file in ("versions.tf", ".terraform.lock.hcl"):
        assert (folder(example) / file).read_text() == (ENVS / "dev" / file).read_text()


@by_name
def test_a_readme_names_every_variable_and_output(example: str) -> None:
    root = folder(example)
    readme = (root.parent / "README.md").read_text()
    text = (root / "variables.tf").read_text() + (root / "outputs.tf").read_text()

    declared = re.findall(r'^(?:variable|output) "(\w+)"', text, re.MULTILINE)

    assert len(declared) > 8
    assert [name for name in declared if f"`{name}`" not in readme] == []


@by_name
def test_everything_that_an_example_makes_is_named_and_tagged_by_its_environment(example: str) -> None:
    providers = (folder(example) / "providers.tf").read_text()

    assert 'ManagedBy   = "terraform"' in providers
    assert re.search(r"Environment = var\.environment\w*$", providers, re.MULTILINE)
