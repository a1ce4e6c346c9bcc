"""A plan file is for nobody else, and gone when the work ends, however it ends."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from deployment.errors import ToolError
from deployment.private_folder import private_folder
from deployment.terraform import TerraformRoot, TerraformSetup
from deployment.terraform.sensitive_inputs import SensitiveInputs

SECRET = "canary-secret-51c7"
# Stands in for Terraform: writes the plan, tells its process id, and then does what its folder says.
FAKE = """\
#!/usr/bin/env bash
for argument in "$@"; do case "$argument" in -out=*) echo canary > "${argument#-out=}" ;; esac; done
case "$2" in
  show) echo '{"planned": true}' ;;
  *) cat "${1#-chdir=}/said"; echo $$ > "${1#-chdir=}/pid"; test ! -e "${1#-chdir=}/hangs" || exec sleep 60 ;;
esac
exit "$(cat "${1#-chdir=}/code")"
"""
INTERRUPTED = """\
import sys
from deployment.command_line import run
import click
sys.path.insert(0, {tests!r})
from test_private_plan import root_in
from deployment.private_folder import private_folder
from pathlib import Path

@click.command()
def plan():
    with private_folder() as folder:
        print(folder, flush=True)
        root_in(Path({folder!r})).plan(folder / "terraform.plan")

run("pipeline", plan, [])
"""


def root_in(folder: Path, said: str = "", code: int = 0, **variables: str) -> TerraformRoot:
    """A root whose Terraform is the stand-in."""
    binary = folder / "terraform"
    binary.write_text(FAKE)
    binary.chmod(0o755)
    (folder / "said").write_text(said)
    (folder / "code").write_text(str(code))
    environment = {"PATH": os.environ["PATH"], **variables}
    return TerraformRoot(
        TerraformSetup(binary, folder / "rc", mirrored=True),
        folder=folder,
        data_folder=folder / "data",
        log=folder / "log",
        state_bucket="bucket",
        region="us-east-1",
        environment=environment,
    )


def test_the_plan_file_is_for_its_owner_alone_and_gone_afterwards(tmp_path: Path) -> None:
    with private_folder() as folder:
        plan = folder / "terraform.plan"
        assert root_in(tmp_path).plan(plan) == {"planned": True}
        assert stat.S_IMODE(plan.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_it_is_gone_when_something_fails() -> None:
    with pytest.raises(ToolError), private_folder() as folder:
        (folder / "terraform.plan").touch()
        raise ToolError("broken")
    assert not folder.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_is_gone_when_a_signal_comes_and_terraform_has_ended(number: int, tmp_path: Path) -> None:
    (tmp_path / "hangs").touch()
    script = INTERRUPTED.format(tests=str(Path(__file__).parent), folder=str(tmp_path))
    with (
        tempfile.TemporaryDirectory() as temporary,
        subprocess.Popen(
            [sys.executable, "-c", script],
            env={**os.environ, "TMPDIR": temporary},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout and process.stderr
        folder = Path(process.stdout.readline().strip())
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
            assert process.poll() is None
        assert (folder / "terraform.plan").read_text() == "canary\n"

        process.send_signal(number)

        assert process.wait(30) == 128 + number
        assert process.stderr.read() == "pipeline: Interrupted.\n"
        assert list(Path(temporary).iterdir()) == []
    terraform = int((tmp_path / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(terraform, 0)


ERROR = (
    '{"@level":"error","@message":"x","type":"diagnostic","diagnostic":{"severity":"error",'
    '"summary":"Invalid value for variable","detail":"It must be %s, for one.\\nSecond line."}}\n'
)


def test_an_error_is_one_sentence_with_what_terraform_explains(tmp_path: Path) -> None:
    with pytest.raises(ToolError) as failed:
        root_in(tmp_path, ERROR % "7", 1).plan(tmp_path / "plan")

    assert str(failed.value) == (
        f"terraform plan failed for {tmp_path.name}: Invalid value for variable: It must be 7, for one. "
        f"Second line; the full log is {tmp_path / 'log'}"
    )


def test_an_error_without_events_is_told_from_its_first_line(tmp_path: Path) -> None:
    said = "Initializing the backend...\n\nError: Failed to get workspaces\n\nThe token is\nexpired.\n"

    with pytest.raises(ToolError, match="Error: Failed to get workspaces The token is expired; the full"):
        root_in(tmp_path, said, 1).init()


def test_an_error_that_quotes_a_sensitive_variable_does_not_show_it(tmp_path: Path) -> None:
    (tmp_path / "variables.tf").write_text(
        'variable "token" {\n  type      = string\n  sensitive = true\n}\n'
    )

    with pytest.raises(ToolError) as failed:
        root_in(tmp_path, ERROR % SECRET, 1, TF_VAR_token=SECRET).plan(tmp_path / "plan")

    assert "It must be (sensitive value), for one" in str(failed.value)
    assert SECRET not in str(failed.value) + (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        (SECRET, SECRET),
        ('{"password": "canary-in-json", "port": 5432}', "canary-in-json"),
        ('{ password = "canary-in-hcl" }', "canary-in-hcl"),
        ('canary "quoted" \n', 'canary \\"quoted\\"'),
    ],
)
def test_a_sensitive_variable_is_masked_in_all_its_parts(value: str, quoted: str, tmp_path: Path) -> None:
    (tmp_path / "v.tf").write_text(
        'variable "plain" {\n  type = string\n}\nvariable "hidden" {\n  sensitive = true\n}\n'
    )

    inputs = SensitiveInputs(tmp_path, {"TF_VAR_hidden": value, "TF_VAR_plain": "shown-as-it-is"})

    assert inputs.masked(f"bad: {quoted}; shown-as-it-is") == "bad: (sensitive value); shown-as-it-is"
