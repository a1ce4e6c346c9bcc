"""A plan of real Terraform that deletes: by its state prod has a table and a queue that the code has not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import REPOSITORY, run_policies

ROOT = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

output "environment" {
  value = "prod"
}

resource "aws_dynamodb_table" "ledger" {
  name         = "ledger-2"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "jobId"

  attribute {
    name = "jobId"
    type = "S"
  }
}
"""
TABLE = {"name": "ledger", "id": "ledger", "billing_mode": "PAY_PER_REQUEST", "hash_key": "jobId"}
QUEUE = {"name": "orders", "id": "https://sqs.us-east-1.amazonaws.com/111122223333/orders"}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan: the queue goes, and the table is made anew under another name."""
    folder = tmp_path_factory.mktemp("deleting")
    (folder / "main.tf").write_text(ROOT)
    shutil.copy(REPOSITORY / "infra/envs/prod/.terraform.lock.hcl", folder)
    state = {
        "version": 4,
        "terraform_version": "1.11.0",
        "serial": 1,
        "lineage": "test",
        "outputs": {},
        "resources": [
            _in_state("aws_dynamodb_table", "ledger", TABLE),
            _in_state("aws_sqs_queue", "old", QUEUE),
        ],
    }
    (folder / "terraform.tfstate").write_text(json.dumps(state))
    _terraform(folder, "init", "-lockfile=readonly", "-input=false", "-no-color")
    # Not refreshed: what the state says is there is taken for granted, and no AWS is needed.
    _terraform(folder, "plan", "-refresh=false", "-out=deleting.tfplan", "-input=false", "-no-color")
    file = folder / "plan.json"
    file.write_text(_terraform(folder, "show", "-json", "deleting.tfplan"))
    return file


def _in_state(kind: str, name: str, attributes: dict[str, str]) -> dict[str, object]:
    return {
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
        "instances": [{"schema_version": 1 if kind == "aws_dynamodb_table" else 0, "attributes": attributes}],
    }


def _terraform(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "deployment.terraform", "--", f"-chdir={folder}", *arguments],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "TF_DATA_DIR": str(folder / "data"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_prod_would_lose_is_named_unless_it_is_said(plan: Path, tmp_path: Path) -> None:
    said = tmp_path / "infra/envs/prod"
    said.mkdir(parents=True)
    (said / "deletions.yaml").write_text(
        "- {address: aws_dynamodb_table.ledger, action: replace, reason: a new key, expires: 2999-12-31}\n"
    )

    told = run_policies("--plan", plan, "--repository", tmp_path)

    sentence = "No queue, table, database, bucket or key of prod is deleted or replaced without saying so"
    (queue,) = [line for line in told.stdout.splitlines() if line.startswith("CKV_JOBS_9 ")]
    assert f": {sentence}. aws_sqs_queue.old: the plan would delete it" in queue
    assert (told.returncode, told.stderr) == (1, "")
