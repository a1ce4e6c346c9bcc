"""The workflows keep our rules; each rule is seen to be broken in broken_workflows.py."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from broken_workflows import BROKEN, Broken
from workflow_commands import commands_exist, commands_stand_in_one_place, variables_are_set
from workflow_files import Automation
from workflow_rules import RULES as OF_FILES

ROOT = Path(__file__).parents[2]
RULES = (*OF_FILES, commands_exist, variables_are_set, commands_stand_in_one_place)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_workflows_keep_the_rule(rule: Callable[[Automation], Iterator[str]]) -> None:
    assert list(rule(Automation(ROOT))) == []


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case.rule.__name__}: {case.says}")
def test_a_broken_rule_is_seen(case: Broken, tmp_path: Path) -> None:
    for name in (".github", "infra/envs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns(".terraform"))
    shutil.copy(ROOT / "Makefile", tmp_path)
    file = tmp_path / case.file
    text = file.read_text()
    assert case.old in text
    file.write_text(text.replace(case.old, case.new, 1))

    found = list(case.rule(Automation(tmp_path)))

    assert any(case.says in sentence for sentence in found), found


def test_every_rule_is_seen_to_be_broken() -> None:
    assert {case.rule for case in BROKEN} == set(RULES)


def test_owners_are_named_for_what_exists() -> None:
    lines = (ROOT / ".github/CODEOWNERS").read_text().splitlines()
    paths = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert [path for path in paths if not (ROOT / path.lstrip("/")).exists()] == []
    wanted = ("/.github/", "/infra/envs/prod/", "/infra/modules/", "/policies/", "/tools/pipeline/")
    assert set(wanted) <= set(paths)


def updated_places(ecosystem: str) -> set[Path]:
    """The folders in which Dependabot looks for what the ecosystem has."""
    settings = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())
    (update,) = [each for each in settings["updates"] if each["package-ecosystem"] == ecosystem]
    assert update["cooldown"]["default-days"] >= 7
    assert update["groups"], f"{ecosystem} is not grouped"
    patterns = update.get("directories") or [update["directory"]]
    found = {
        pattern: set(ROOT.glob(pattern.strip("/"))) if pattern != "/" else {ROOT} for pattern in patterns
    }
    assert all(found.values()), found
    return set().union(*found.values())


def test_dependabot_looks_everywhere() -> None:
    roots_and_modules = {
        file.parent for pattern in ("envs", "modules") for file in ROOT.glob(f"infra/{pattern}/*/versions.tf")
    }
    assert updated_places("terraform") >= roots_and_modules
    assert updated_places("docker") >= {file.parent for file in ROOT.glob("services/*/Dockerfile")}
    assert updated_places("pip") == {ROOT / "requirements"}
    assert updated_places("github-actions") >= {
        file.parent for file in ROOT.glob(".github/actions/*/action.yml")
    }


def test_the_variables_that_a_fork_sets_are_the_documented_ones() -> None:
    files = Automation(ROOT).files.values()
    used = {name for file in files for name in re.findall(r"\bvars\.(\w+)", file.read_text())}
    page = (ROOT / "docs/github-access.md").read_text()
    assert used == set(re.findall(r"^\| variable `(\w+)`", page, re.MULTILINE))
