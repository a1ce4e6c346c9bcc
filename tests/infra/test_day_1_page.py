"""docs/day-1.md, block by block and word for word, in a fork's clone: the embedded AWS, a stand-in for gh."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from clone_parts import REPOSITORY
from deployment.product import PLACE, GitHubRepository, Product, read_product
from fork_clone import ACCOUNT, STEP_SECONDS, ForkClone

PAGE = REPOSITORY / "docs/day-1.md"
FORK = Product("shop", "eu-central-1")
FACTS = {"owner": {"login": "example-org", "id": 4211}, "name": "jobs", "id": 987654}
# Answers what it is asked, and notes what it is told to set.
GH = f"""#!/bin/sh
echo "$@" >> "$(dirname "$0")/told"
case "$*" in
  "api repos/example-org/jobs") echo '{json.dumps(FACTS)}' ;;
  "api users/"*) echo '{{"id":7,"type":"User"}}' ;;
  *--input*) cat > /dev/null ;;
esac
"""
pytestmark = [pytest.mark.waits, pytest.mark.timeout(2 * STEP_SECONDS)]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[ForkClone]:
    """A fork's clone, whose remote is on GitHub by name and a folder here by address."""
    command = [sys.executable, "-m", "embedded_aws", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            made = ForkClone(tmp_path / "clone", json.loads(server.stdout.readline())["endpoint"], FORK)
            (made.folder / ".venv").symlink_to(REPOSITORY / ".venv")
            (tmp_path / "bin").mkdir()
            (tmp_path / "bin/gh").write_text(GH)
            (tmp_path / "bin/gh").chmod(0o755)
            subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "github")], check=True)
            url = "https://github.com/example-org/jobs.git"
            for name, value in (
                ("remote.origin.url", url),
                (f"url.{tmp_path / 'github'}.pushInsteadOf", url),
                ("user.name", "Ada"),
                ("user.email", "ada@example.com"),
            ):
                subprocess.run(["git", "-C", str(made.folder), "config", name, value], check=True)
            yield made
        finally:
            server.terminate()


def test_every_command_of_the_page_works_in_its_order(clone: ForkClone, tmp_path: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert [block.split()[0] for block in blocks] == [".venv/bin/pipeline", "bash", "git"]

    done = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + "\n".join(blocks)],
        cwd=clone.folder,
        env=clone.env | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        input="yes\n",
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Do you want to perform these actions?" in done.stdout
    assert "reviewers: ada, grace" in done.stdout
    jobs = GitHubRepository("example-org", "jobs", "4211", "987654")
    assert read_product(clone.folder / PLACE) == Product("shop", "eu-central-1", ACCOUNT, jobs)
    told = (tmp_path / "bin/told").read_text()
    assert f"variable set AWS_ACCOUNT_ID --body {ACCOUNT}" in told
    assert "GitHub is set up." in done.stdout
    pushed = subprocess.run(
        ["git", "-C", str(tmp_path / "github"), "show", f"day-1:{PLACE}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(pushed)["aws_account_id"] == ACCOUNT

    # Again: nothing is left to do, so Terraform does not even ask.
    code, said = clone.run("pipeline", "bootstrap")
    assert code == 0, said
    assert "No changes." in said
    assert "now names" not in said


def test_the_table_of_settings_names_every_environment_and_variable() -> None:
    page = (REPOSITORY / "docs/github-access.md").read_text()
    roots = {path.parent.name for path in (REPOSITORY / "infra/envs").glob("*/backend.tf")}

    for root in roots:
        assert f"`{root}`" in page
        assert f"`{root}-approval`" in page
        assert root == "shared" or f"`{root}-load`" in page
    workflows = "".join(path.read_text() for path in (REPOSITORY / ".github").rglob("*.yml"))
    for variable in set(re.findall(r"vars\.(\w+)", workflows)):
        assert f"| variable `{variable}` |" in page, f"a workflow uses {variable}"
