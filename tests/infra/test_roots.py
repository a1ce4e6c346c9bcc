"""Each root is valid as it stands, and the roots differ only where they mean to."""

import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Terraform = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
ENVS = REPOSITORY / "infra/envs"
ROOTS = sorted(path.parent.name for path in ENVS.glob("*/backend.tf"))
ENVIRONMENTS = ["dev", "staging", "prod"]
README = REPOSITORY / "infra/README.md"
FILES = {
    "backend.tf",
    "main.tf",
    "outputs.tf",
    "product.tf",
    "providers.tf",
    "variables.tf",
    "versions.tf",
    ".terraform.lock.hcl",
}


def test_every_file_is_formatted(terraform: Terraform) -> None:
    checked = terraform(REPOSITORY / "infra", "fmt", "-check", "-recursive", "-diff")

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("root", ROOTS)
def test_a_root_is_valid_with_its_committed_lock(root: str, plans: Mapping[str, dict[str, Any]]) -> None:
    # It was planned after `init -lockfile=readonly`, and a plan begins with what `validate` does.
    plan = plans[root]

    assert plan["complete"]
    assert not plan["errored"]


@pytest.mark.parametrize("root", ROOTS)
def test_roots_have_the_same_file_names(root: str) -> None:
    present = {path.name for path in (ENVS / root).iterdir() if path.suffix == ".tf" or path.name in FILES}

    assert present == FILES


@pytest.mark.parametrize("name", ["product.tf", "versions.tf", ".terraform.lock.hcl"])
def test_roots_agree_on_versions_and_on_what_a_fork_sets(name: str) -> None:
    assert len({(ENVS / root / name).read_text() for root in ROOTS}) == 1


@pytest.mark.parametrize("name", ["variables.tf", "outputs.tf"])
def test_environments_take_and_give_the_same(name: str) -> None:
    assert len({(ENVS / root / name).read_text() for root in ENVIRONMENTS}) == 1


@pytest.mark.parametrize("name", ["backend.tf", "providers.tf"])
def test_environments_differ_here_by_their_name_alone(name: str) -> None:
    texts = {(ENVS / root / name).read_text().replace(f'"{root}', '"<root>') for root in ENVIRONMENTS}

    assert len(texts) == 1


def test_the_readme_lists_exactly_what_differs_between_environments() -> None:
    """Values in main.tf, by their place: `network.nat`; of `coalesce(var.x, 7)` the 7."""
    values = {root: _values((ENVS / root / "main.tf").read_text()) for root in ENVIRONMENTS}
    places = {place for root in ENVIRONMENTS for place in values[root]}
    differ = {
        place: [values[root].get(place, "-") for root in ENVIRONMENTS]
        for place in places
        if len({values[root].get(place) for root in ENVIRONMENTS}) > 1
    }
    rows = re.findall(r"^\| `([\w.]+)` \| `(.+?)` \| `(.+?)` \| `(.+?)` \|", README.read_text(), re.MULTILINE)

    assert {place: cells for place, *cells in rows} == differ


def _values(main: str) -> dict[str, str]:
    found: dict[str, str] = {}
    blocks: list[str] = []
    for line in (line.strip() for line in main.splitlines()):
        if opened := re.fullmatch(r"(?:(\w+) = |module .*){", line):
            blocks.append(opened[1] or "")
        elif line == "}":
            blocks.pop()
        elif assigned := re.fullmatch(r"(\w+)\s*= (.+)", line):
            place = ".".join([*filter(None, blocks), assigned[1]])
            found[place] = re.sub(r"^coalesce\(var\.\w+, (.+)\)$", r"\1", assigned[2])
    assert blocks == [], "main.tf is written in a way that this test cannot read"
    return found


def test_modules_ask_for_the_version_that_the_roots_lock() -> None:
    versions = [path.read_text() for path in (REPOSITORY / "infra/modules").glob("*/versions.tf")]

    assert set(versions) == {(ENVS / "dev/versions.tf").read_text()}


def test_each_root_keeps_its_own_state_under_a_lock() -> None:
    for root in ROOTS:
        backend = (ENVS / root / "backend.tf").read_text()
        assert re.search(rf'^\s*key\s*=\s*"{root}/terraform\.tfstate"$', backend, re.MULTILINE), root
        assert re.search(r"^\s*use_lockfile\s*=\s*true$", backend, re.MULTILINE), root
        assert re.search(r"^\s*encrypt\s*=\s*true$", backend, re.MULTILINE), root


@pytest.mark.parametrize("path", sorted(ENVS.glob("*/providers.tf")), ids=lambda path: path.parent.name)
def test_no_root_knows_of_the_emulator(path: Path) -> None:
    """The local stack is reached by AWS_ENDPOINT_URL alone: what runs there is what runs on AWS."""
    assert not re.search(r"endpoints|skip_|access_key|secret_key|path_style", path.read_text())


def test_images_that_may_be_deployed_are_never_counted_away() -> None:
    """ECR counts pushes and knows nothing of deployments: with keep_images it could expire what prod runs."""
    assert "keep_images" not in (ENVS / "shared/main.tf").read_text()
