"""A secret that goes into a plan comes out nowhere: not in a file, not on a terminal, not in a log."""

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from clone_parts import REPOSITORY
from review_clone import NOT_BUILT, OTHER_TREE, Clone, clone_in

pytestmark = pytest.mark.waits

# With what JSON escapes, HTML escapes and addresses escape.
TOKEN, NEW_TOKEN = 'canary<7&f3>a"-x', 'canary<91&bc>"-y'
# A name admits letters and digits only.
NAME = "canary-name-55d0"
PIN = 84591377
MAIN = """\
provider "aws" {
  region = "us-east-1"
}

variable "token" {
  type      = string
  sensitive = true
}

variable "name" {
  type      = string
  sensitive = true
}

variable "pin" {
  type      = number
  sensitive = true
}

variable "days" {
  type    = number
  default = 7

  validation {
    condition     = var.days > 0
    error_message = "days must be positive."
  }
}

resource "aws_ssm_parameter" "token" {
  name  = "/shop/token"
  type  = "SecureString"
  value = var.token
}

resource "aws_sqs_queue" "named" {
  name   = var.name
  tags   = { token = var.token, pin = var.pin, coded = base64encode(var.token) }
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "T", Effect = "Deny", Principal = "*",
    Action = "sqs:*", Resource = "*", Condition = { StringEquals = { "aws:userid" = var.token } } }] })
}

resource "aws_cloudwatch_log_group" "about" {
  name              = "/shop/about"
  retention_in_days = var.days
  # What AWS makes of the name carries no mark on a later plan.
  tags = { queue = aws_sqs_queue.named.arn }
}

resource "terraform_data" "made" {
  input = { hidden = var.token, shown = "x" }
}

output "token" {
  value     = var.token
  sensitive = true
}
"""
BACKEND = """\
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
  backend "s3" {
    key          = "secrets/terraform.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
"""


def forms(secret: str) -> set[str]:
    """A secret as it may stand in a file."""
    found = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        quote(secret, safe=""),
    }
    found |= {
        text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026") for text in set(found)
    }
    return found | {base64.b64encode(secret.encode()).decode().rstrip("=")[:-1]}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    with clone_in(tmp_path_factory.mktemp("secrets") / "clone") as clone:
        root = clone.folder / "infra/envs/secrets"
        root.mkdir()
        (root / "main.tf").write_text(MAIN)
        (root / "backend.tf").write_text(BACKEND)
        shutil.copy(REPOSITORY / "infra/envs/dev/.terraform.lock.hcl", root)
        yield clone


def variables(**more: str) -> dict[str, str]:
    return {"TF_VAR_token": TOKEN, "TF_VAR_name": NAME, "TF_VAR_pin": str(PIN)} | more


def assert_nowhere(clone: Clone, *folders: Path) -> None:
    """Neither in what was written nor in what was said."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    files += list((clone.folder / ".local/terraform").glob("*.log"))
    written = {str(file): file.read_text() for file in files} | {"terminal": "\n".join(clone.printed)}
    assert len(written) > 4
    for secret in (TOKEN, NEW_TOKEN, NAME, str(PIN)):
        for form in forms(secret):
            assert not [place for place, text in written.items() if form in text], form


def test_no_secret_is_in_any_file_of_a_review(clone: Clone, tmp_path: Path) -> None:
    release = clone.release(NOT_BUILT)
    common = ("--release", release, "--no-policies")

    first = clone.pipeline("plan", "secrets", "--out", tmp_path / "first", *common, **variables())

    assert first.returncode == 0, first.stderr
    assert first.stdout == "secrets: 4 to create\n"
    plan = (tmp_path / "first/plan.json").read_text()
    assert plan.count("(sensitive value)") > 8
    assert '"/shop/about"' in plan
    assert_nowhere(clone, tmp_path)

    applied = _apply(clone, tmp_path)
    # On the next plan the queue's ARN and URL hold the name, and nothing marks them.
    changed = variables(TF_VAR_days="14", TF_VAR_token=NEW_TOKEN)
    second = clone.pipeline("plan", "secrets", "--out", tmp_path / "second", *common, **changed)

    assert second.returncode == 0, second.stderr
    assert NAME in applied
    summary = (tmp_path / "second/summary.md").read_text()
    assert "`retention_in_days`: `7` → `14`" in summary
    assert "`value`" in summary
    record = json.loads((tmp_path / "second/record.json").read_text())
    attributes = {change["address"]: change["attributes"] for change in record["changes"]}
    assert attributes["aws_ssm_parameter.token"]["value"] == "sensitive"
    assert_nowhere(clone, tmp_path)

    drifted = clone.pipeline("drift", "secrets", "--out", tmp_path / "drift", **changed)
    assert drifted.returncode == 4
    assert_nowhere(clone, tmp_path)


def test_no_secret_is_in_what_is_said_of_a_failure(clone: Clone, tmp_path: Path) -> None:
    release = clone.release(NOT_BUILT, OTHER_TREE)
    failed = clone.pipeline(
        *("plan", "secrets", "--out", tmp_path / "failed", "--release", release, "--no-policies"),
        # Longer than a queue's name may be: the provider quotes it.
        **variables(TF_VAR_name=NAME * 9),
    )

    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("pipeline: terraform plan failed for secrets: ")
    assert "name" in failed.stderr
    assert NAME not in failed.stderr
    assert NAME not in "".join(file.read_text() for file in (clone.folder / ".local/terraform").glob("*.log"))
    assert list((tmp_path / "failed").iterdir()) == []


def _apply(clone: Clone, tmp_path: Path) -> str:
    """Applies the root by Terraform itself; returns the state, which does hold the secrets."""
    chdir = f"-chdir={clone.folder / 'infra/envs/secrets'}"
    data = {"TF_DATA_DIR": str(tmp_path.with_name("terraform-data"))}
    bucket = clone.client("s3").list_buckets()["Buckets"][0]["Name"]
    backend = (f"-backend-config=bucket={bucket}", "-backend-config=region=us-east-1")
    said = len(clone.printed)
    for command in (("init", *backend), ("apply", "-auto-approve", "-input=false", "-no-color")):
        done = clone.run("deployment.terraform", "--", chdir, *command, **variables(), **data)
        assert done.returncode == 0, done.stdout + done.stderr
    # What a person's own Terraform says is not ours.
    del clone.printed[said:]
    state = clone.client("s3").get_object(Bucket=bucket, Key="secrets/terraform.tfstate")
    return str(state["Body"].read().decode())
