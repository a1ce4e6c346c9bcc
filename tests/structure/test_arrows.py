"""Arrows point one way: services to libs, tools to libs; nothing imports services or tools."""

import ast
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [
    path.parent for pattern in ("*/*", "examples/*/*") for path in ROOT.glob(f"{pattern}/pyproject.toml")
]
PACKAGES = {next(folder.glob("src/*/__init__.py")).parent.name: folder for folder in FOLDERS}
LIBS = {name for name, folder in PACKAGES.items() if folder.parent.name == "libs"}


def imports_of(package: str) -> set[str]:
    """The top-level names that a package's own code imports."""
    found: set[str] = set()
    for path in (PACKAGES[package] / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found


def test_every_package_is_known() -> None:
    assert {"queue_worker", "job_contract", "main_job", "background_job", "jobctl", "http_intake"} <= set(
        PACKAGES
    )


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_imports_libs_and_itself_and_no_other_of_ours(package: str) -> None:
    ours = imports_of(package) & set(PACKAGES) - {package}
    assert ours <= LIBS
    if package in LIBS:
        assert not ours, "libs know nothing of each other"


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_declares_the_packages_of_ours_that_it_imports(package: str) -> None:
    project = tomllib.loads((PACKAGES[package] / "pyproject.toml").read_text())["project"]
    declared = {name.replace("-", "_") for name in project["dependencies"]}
    assert imports_of(package) & set(PACKAGES) - {package} <= declared


@pytest.mark.parametrize("service", ["main_job", "background_job", "http_intake"])
def test_a_services_lock_pins_what_all_of_us_test_with(service: str) -> None:
    def pins(name: str) -> set[str]:
        lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith(" ")}

    assert pins(service)
    assert pins(service) <= pins("dev")
