"""Each hook of `make lint` refuses a file that is wrong in its way and passes the same file put right."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from deployment.terraform import prepare_terraform

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS = {hook["id"]: hook for repository in CONFIG["repos"] for hook in repository["hooks"]}
COPIED = [
    ".ci/actionlint.mjs",
    ".pre-commit-config.yaml",
    ".yamllint.yaml",
    "pyproject.toml",
    "Makefile",
    "tools/jobctl/pyproject.toml",
]
CHECKOUT = """actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false"""
WORKFLOW = """name: Example
on: pull_request
permissions: {{}}
concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true
jobs:
  example:
    name: Example
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Check out
        uses: {uses}
      - name: Greet
        run: {run}
        env:
          TITLE: ${{{{ github.event.pull_request.title }}}}
"""
ACTION = (
    "name: Example\ndescription: An example.\nruns:\n  using: composite\n  steps:\n    - run: make\n{shell}"
)
DEPENDABOT = """version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule:
      interval: weekly
      day: {day}
    cooldown:
      default-days: 7
"""
MODULE = 'output "name" {{\n  value       = {value}\n  description = "A name."\n}}\n'


@dataclass(frozen=True)
class Case:
    """A file with one fault, the same file without it, and a part of what the hook says of the fault.

    Faults that this very file must not have are put together from pieces.
    """

    hook: str
    path: str
    bad: str
    good: str
    says: str = ""
    modes: tuple[int, int] = (0o644, 0o644)


CASES = [
    Case("trailing-whitespace", "docs/space.md", "A line. \n", "A line.\n", "docs/space.md"),
    Case("end-of-file", "docs/end.md", "No end.", "An end.\n", "docs/end.md"),
    Case("line-endings", "docs/lines.md", "One\r\nTwo\n", "One\nTwo\n", "docs/lines.md"),
    Case("merge-conflict", "docs/merged.md", "<" * 7 + " HEAD\n", "Merged.\n", "docs/merged.md"),
    Case("case-conflict", "docs/Twice.md", "Twice.\n", "Twice.\n", "docs/Twice.md"),
    Case("large-file", "docs/large.txt", "words\n" * 100_000, "words\n", "docs/large.txt"),
    Case("executable", "tools/run", "#!/bin/sh\necho\n", "#!/bin/sh\necho\n", "tools/run", (0o644, 0o755)),
    Case("codespell", "docs/words.md", "Rec" + "ieve it.\n", "Receive it.\n", "docs/words.md:1"),
    Case("secrets", "docs/key.md", "The key AKIA" + "Q3EGTVBXHJ5ZKL2M\n", "No key\n", "AWS Access Key"),
    Case("secrets", "docs/word.py", "pass" + 'word = "Tr0ub4dor"\n', 'WORD = "test"\n', "docs/word.py:1"),
    Case("json", "docs/data.json", '{"a": 1,}\n', '{"a": 1}\n', "docs/data.json"),
    Case("toml", "docs/data.toml", "a = \n", "a = 1\n", "docs/data.toml"),
    Case("yamllint", "docs/broken.yaml", "a: [1\n", "a: [1]\n", "docs/broken.yaml"),
    Case("yamllint", "docs/twice.yaml", "a: 1\na: 2\n", "a: 1\nb: 2\n", "key-duplicates"),
    Case("ruff-check", "tools/unused.py", "import os\n", '"""Fine."""\n', "tools/unused.py"),
    Case("ruff-format", "tools/quotes.py", "NAME = 'a'\n", 'NAME = "a"\n', "tools/quotes.py"),
    Case(
        "mypy",
        "libs/job_contract/src/types_of_code.py",
        'A: int = "a"\n',
        "A: int = 1\n",
        "types_of_code.py:1",
    ),
    Case("mypy", "tests/example/types_of_tests.py", 'A: int = "a"\n', "A: int = 1\n", "types_of_tests.py:1"),
    Case(
        "terraform-fmt", "infra/envs/a/form.tf", "locals {\n  a=1\n}\n", "locals {\n  a = 1\n}\n", "form.tf"
    ),
    Case(
        "terraform-validate",
        "infra/modules/part/main.tf",
        MODULE.format(value="local.missing"),
        MODULE.format(value='"name"'),
        "infra/envs/a: ",
    ),
    Case("hadolint", "services/Dockerfile", "FROM debian\n", "FROM debian:13\n", "DL3006"),
    Case("shellcheck", ".ci/sweep", "#!/bin/sh\nrm $1\n", '#!/bin/sh\nrm "$1"\n', "SC2086", (0o755, 0o755)),
    Case(
        "workflow-schema",
        ".github/workflows/schema.yml",
        WORKFLOW.format(uses=CHECKOUT, run="make").replace("runs-on:", "run-on:"),
        WORKFLOW.format(uses=CHECKOUT, run="make"),
        "run-on",
    ),
    Case(
        "action-schema",
        ".github/actions/example/action.yml",
        ACTION.format(shell=""),
        ACTION.format(shell="      shell: bash\n"),
        "$.runs",
    ),
    Case(
        "actionlint",
        ".github/workflows/needs.yml",
        WORKFLOW.format(uses=CHECKOUT, run="make").replace("${{ github.ref }}", "${{ needs.other.result }}"),
        WORKFLOW.format(uses=CHECKOUT, run="make"),
        "needs.yml:5:",
    ),
    Case(
        "dependabot-schema",
        ".github/dependabot.yml",
        DEPENDABOT.format(day="someday"),
        DEPENDABOT.format(day="monday"),
        "someday",
    ),
    Case(
        "zizmor",
        ".github/workflows/unpinned.yml",
        WORKFLOW.format(uses=re.sub("@.* #", "@v7 #", CHECKOUT), run="make"),
        WORKFLOW.format(uses=CHECKOUT, run="make"),
        "unpinned-uses",
    ),
    Case(
        "zizmor",
        ".github/workflows/injected.yml",
        WORKFLOW.format(uses=CHECKOUT, run="echo ${{ github.event.pull_request.title }}"),
        WORKFLOW.format(uses=CHECKOUT, run='echo "$TITLE"'),
        "template-injection",
    ),
    Case(
        "zizmor",
        ".github/workflows/stranger.yml",
        WORKFLOW.format(uses=CHECKOUT, run="make").replace("on: pull_request", "on: pull_request_target"),
        WORKFLOW.format(uses=CHECKOUT, run="make"),
        "dangerous-triggers",
    ),
]
by_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.hook}: {Path(case.path).name}")


@dataclass
class Clone:
    """A repository with the real hooks and settings, and files that only show what the hooks do."""

    folder: Path

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")
        file.chmod(mode)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """One package is checked for types, and .venv is taken as it is."""
        env = {
            **os.environ,
            "MAKEFLAGS": "PACKAGES=libs/job_contract STAMP= ACTIONLINT_STAMP=",
            "LC_ALL": "C.UTF-8",
        }
        return subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, timeout=240, check=False
        )

    def lint(self) -> dict[str, str]:
        """`make lint`: what each hook that failed has said."""
        done = self.run("make", "lint")
        parts = re.split(r"^.*\.{3,}.*?([A-Z]\w+)\n(?:- hook id: (.*)\n)?", done.stdout, flags=re.MULTILINE)
        failed = {
            hook: said
            for result, hook, said in zip(*[iter(parts[1:])] * 3, strict=True)
            if result == "Failed"
        }
        assert (done.returncode == 0) == (not failed), done.stdout + done.stderr
        return failed


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    clone = Clone(tmp_path_factory.mktemp("clone"))
    for name in COPIED:
        clone.write(name, (ROOT / name).read_text())
    (clone.folder / ".venv").symlink_to(ROOT / ".venv")
    (clone.folder / ".local").mkdir()
    prepare_terraform(ROOT, print)  # where none is on PATH, it is downloaded once, for all
    (clone.folder / ".local/bin").symlink_to(ROOT / ".local/bin")
    assert (ROOT / ".local/actionlint/.installed").exists(), "run make test: it brings actionlint along"
    (clone.folder / ".local/actionlint").symlink_to(ROOT / ".local/actionlint")
    clone.write(".gitignore", ".venv\n.local/\n.mypy_cache/\n.ruff_cache/\n")
    clone.write("infra/envs/a/main.tf", 'module "part" {\n  source = "../../modules/part"\n}\n')
    assert clone.run("git", "init", "--quiet").returncode == 0
    return clone


@pytest.fixture(scope="module")
def refused(clone: Clone) -> Iterator[dict[str, str]]:
    """What `make lint` says of all the bad files at once."""
    for case in CASES:
        clone.write(case.path, case.bad, case.modes[0])
    clone.write("docs/twice.md", "Twice.\n")
    clone.run("git", "add", "--all")
    # One file is new, and git does not know it yet.
    clone.run("git", "rm", "--quiet", "--cached", "tools/unused.py")
    yield clone.lint()


@pytest.fixture(scope="module")
def passed(clone: Clone, refused: dict[str, str]) -> dict[str, str]:
    """What it still says once they are put right: nothing."""
    (clone.folder / "docs/twice.md").unlink()
    for case in CASES:
        clone.write(case.path, case.good, case.modes[1])
    clone.run("git", "add", "--all")
    return clone.lint()


def test_every_hook_is_local_and_comes_from_an_environment_of_ours() -> None:
    assert [repository["repo"] for repository in CONFIG["repos"]] == ["local"]
    for hook in HOOKS.values():
        assert hook["language"] == "system"
        assert hook["entry"].startswith((".venv/bin/", ".local/actionlint/bin/", "make "))


def test_every_python_file_is_checked_for_types() -> None:
    shown, listed = (
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for command in (["make", "-n", "types"], ["git", "ls-files", "*.py"])
    )
    places = [Path(word) for word in re.findall(r"[\w./]+", shown) if (ROOT / word).exists()]
    files = [Path(name) for name in listed.split()]
    assert len(files) > 300
    assert [file for file in files if not any(file.is_relative_to(place) for place in places)] == []


def test_every_hook_has_a_bad_file_here() -> None:
    assert {case.hook for case in CASES} == set(HOOKS)


@by_case
def test_a_hook_refuses_what_is_wrong(case: Case, refused: dict[str, str]) -> None:
    assert case.says in refused.get(case.hook, "nothing")


def test_the_same_files_pass_when_they_are_right(passed: dict[str, str]) -> None:
    assert passed == {}


def test_git_refuses_a_commit_of_a_bad_file_once_hooks_are_made(clone: Clone, passed: dict[str, str]) -> None:
    assert clone.run("make", "hooks").returncode == 0
    clone.run("git", "config", "user.name", "Ada")
    clone.run("git", "config", "user.email", "ada@example.com")
    assert clone.run("git", "commit", "--no-verify", "--message=Good files").returncode == 0

    clone.write("docs/space.md", "A line. \n")
    refused = clone.run("git", "commit", "--all", "--message=A bad file")

    assert refused.returncode != 0
    assert "hook id: trailing-whitespace" in refused.stdout + refused.stderr
    # The hook has mended it.
    assert clone.run("git", "commit", "--all", "--allow-empty", "--message=A good file").returncode == 0


def test_nothing_is_asked_of_workflows_where_there_are_none(clone: Clone) -> None:
    for hook in ("workflow-schema", "action-schema", "actionlint", "dependabot-schema", "zizmor"):
        ran = clone.run(".venv/bin/pre-commit", "run", hook, "--files", "Makefile")
        assert ran.returncode == 0
        assert "(no files to check)Skipped" in ran.stdout


def test_a_folder_that_is_no_clone_is_told_so(clone: Clone, tmp_path: Path) -> None:
    shutil.copy(clone.folder / "Makefile", tmp_path)
    ran = subprocess.run(
        ["make", "lint", "STAMP=", "ACTIONLINT_STAMP="],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert "run git init first" in ran.stderr
