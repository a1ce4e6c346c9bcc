"""The file to source."""

import stat
import subprocess
from pathlib import Path

import pytest
from deployment.variables import (
    client_variables,
    process_environment,
    read_env_file,
    terraform_variables,
    write_env_file,
)

ENDPOINT = "http://127.0.0.1:4566"


def test_what_is_written_is_read_back_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    variables = client_variables(ENDPOINT) | {"ODD": "it's a $HOME with spaces"}
    target = tmp_path / "with space.env"

    write_env_file(target, variables)

    assert read_env_file(target) == variables
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_shell_that_sources_it_has_the_variables_and_an_aws_that_finds_the_stack(
    shell: str, tmp_path: Path
) -> None:
    # given
    target = tmp_path / "stack.env"
    write_env_file(target, client_variables(ENDPOINT) | terraform_variables(tmp_path / "rc", "111122223333"))
    (tmp_path / "aws").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "aws").chmod(0o755)

    # when
    done = subprocess.run(
        [shell, "-c", f'. "{target}"; echo "$AWS_ENDPOINT_URL|$AWS_PROFILE|$TF_CLI_ARGS_init"; aws sqs x'],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "AWS_PROFILE": "mine"},
        capture_output=True,
        text=True,
        check=True,
    )

    # then
    first, second = done.stdout.splitlines()
    assert first.startswith(f"{ENDPOINT}||-backend-config=bucket=")
    assert "111122223333" in first
    assert second == f"--endpoint-url {ENDPOINT} sqs x"


def test_no_file_means_no_variables(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / "missing.env") == {}


def test_processes_of_the_stack_see_nothing_of_a_real_account() -> None:
    own = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "x", "TF_VAR_x": "1", "PATH": "/bin"}

    environment = process_environment(own, ENDPOINT)

    assert "prod" not in environment.values()
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "TF_VAR_x"} & set(environment)
    assert environment["PATH"] == "/bin"
    assert environment["AWS_ENDPOINT_URL"] == ENDPOINT
