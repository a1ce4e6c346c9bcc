"""A provider that is missing or does not start is told in one sentence; one that runs ends with the block."""

import os
from pathlib import Path

import psutil
import pytest
from deployment.errors import ToolError
from deployment.terraform.shared_provider import shared_provider

FOLDER = "providers/registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64"


def data_folder(folder: Path, script: str) -> Path:
    """A data folder after `init`, with a script in the provider's place."""
    binary = folder / FOLDER / "terraform-provider-aws_v5.100.0_x5"
    binary.parent.mkdir(parents=True)
    binary.write_text(f"#!/bin/sh\n{script}\n")
    binary.chmod(0o755)
    return folder


def test_the_provider_runs_as_long_as_the_block(tmp_path: Path) -> None:
    script = "echo Provider started.; echo \"\tTF_REATTACH_PROVIDERS='$$ $1 $SEEN'\"; exec sleep 60"
    with shared_provider(data_folder(tmp_path, script), os.environ | {"SEEN": "this"}) as variables:
        pid, flag, seen = variables["TF_REATTACH_PROVIDERS"].split()
        assert psutil.pid_exists(int(pid))
        assert (flag, seen) == ("-debug", "this")
    assert not psutil.pid_exists(int(pid))


def test_a_folder_without_init_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="run terraform init first"), shared_provider(tmp_path, os.environ):
        pass


def test_a_provider_that_does_not_start_is_told_so(tmp_path: Path) -> None:
    folder = data_folder(tmp_path, "exit 1")
    with pytest.raises(ToolError, match="did not start"), shared_provider(folder, os.environ):
        pass
