"""`jobctl info`, `update` and `destroy`: what is seen, and what is refused before Terraform starts."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from deployment.bootstrap import ensure_state_bucket, state_bucket_name
from deployment.product import product
from deployment.target import Target, local_target
from jobctl.environment_report import console_links

REPOSITORY = Path(__file__).resolve().parents[3]
ACCOUNT_ID = "123456789012"
DIGESTS = {"main_job": f"sha256:{'1' * 64}", "background_job": f"sha256:{'2' * 64}"}
QUEUE = "https://sqs.eu-central-1.amazonaws.com/111122223333/shop-dev-background-jobs"


def one_sentence(done: Any, exit_code: int = 1) -> str:
    """What stderr says last; Terraform was not started."""
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "Terraform will perform" not in done.stdout
    return str(done.stderr).splitlines()[-1]


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("eu-central-1", "https://eu-central-1.console.aws.amazon.com/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
    ],
)
def test_console_pages_are_those_of_the_regions_partition(region: str, console: str) -> None:
    links = console_links(region, "shop-dev", "shop-dev-cluster", [QUEUE])

    assert list(links) == ["ECS", "SQS background-jobs", "CloudWatch"]
    assert all(link.startswith(console) for link in links.values())
    assert links["ECS"].endswith(f"/clusters/shop-dev-cluster/services?region={region}")
    assert links["SQS background-jobs"].endswith(
        "#/queues/https%3A%2F%2Fsqs." + QUEUE[12:].replace("/", "%2F")
    )
    assert links["CloudWatch"].endswith("#dashboards/dashboard/shop-dev")


@pytest.mark.parametrize("command", ["info", "update", "destroy"])
def test_what_is_no_environment_is_refused(command: str, jobctl: Any) -> None:
    assert "ENV is 'shared', which" in one_sentence(jobctl(command, "shared"), 2)
    said = one_sentence(jobctl(command, "production"), 2)
    assert said == "jobctl: ENV is 'production'; it must be one of dev, prod, shared, staging."


def test_an_environment_that_is_not_there_is_one_sentence(jobctl: Any, state_bucket: str) -> None:
    assert "There is no Terraform state s3://" in one_sentence(jobctl("info", "prod"))
    assert "There is nothing of prod in the local stack" in one_sentence(jobctl("destroy", "prod"))


def test_update_without_digests_says_who_looks_them_up(jobctl: Any) -> None:
    assert "`make update ENV=...` looks up the images" in one_sentence(jobctl("update", "dev"), 2)


def test_update_deploys_no_file_that_differs_from_the_commit(tmp_path: Path, jobctl: Any) -> None:
    clone = _clone(tmp_path)
    (clone / "infra/envs/prod/backend.tf").write_text("changed")

    done = jobctl("update", "prod", folder=clone, IMAGE_DIGESTS=json.dumps(DIGESTS))

    assert "infra/envs/prod/backend.tf differs from the commit" in one_sentence(done)


@pytest.mark.parametrize("typed", ["", "yes\n", "dev\n"])
def test_update_of_prod_wants_its_name(typed: str, tmp_path: Path, jobctl: Any) -> None:
    done = jobctl("update", "prod", folder=_clone(tmp_path), stdin=typed, IMAGE_DIGESTS=json.dumps(DIGESTS))

    assert "Nothing was deployed: 'prod' was not typed." in one_sentence(done)
    assert "nobody has reviewed the plan" in done.stderr


@pytest.mark.parametrize("typed", ["", "yes\n", "stagin\n"])
def test_destroy_wants_the_name_and_says_what_goes(
    typed: str, environment: Target, jobctl: Any, state_bucket: str
) -> None:
    environment.client("sqs").send_message(
        QueueUrl=environment.outputs["sqs_main_job_triggers_queue_url"], MessageBody="{}"
    )
    with _State(environment, "staging", dict(environment.outputs.values)):
        done = jobctl("destroy", "staging", stdin=typed)

    assert "Nothing was destroyed: 'staging' was not typed." in one_sentence(done)
    assert "1 messages are waiting or in work, 0 are dead" in done.stdout


def test_destroy_refuses_protected_records_before_anything_goes(
    environment: Target, jobctl: Any, state_bucket: str
) -> None:
    dynamodb = environment.client("dynamodb")
    table = environment.outputs["ledger_table_name"]
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    with _State(environment, "staging", dict(environment.outputs.values)):
        said = one_sentence(jobctl("destroy", "staging", stdin="staging\n"))
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)

    assert "The records of staging are protected: first set deletion_protection = false in" in said
    assert said.endswith("docs/operations.md#remove-an-environment.")


def test_the_page_that_is_named_has_the_section() -> None:
    assert "\n## Remove an environment\n" in (REPOSITORY / "docs/operations.md").read_text()


@pytest.fixture
def state_bucket(aws_endpoint: str) -> str:
    """The bucket for states, as bootstrap makes it."""
    return ensure_state_bucket(local_target(aws_endpoint).client("s3"), ACCOUNT_ID, product().aws_region)


class _State:
    """A root has a state with these outputs, as long as the block lasts."""

    def __init__(self, target: Target, root: str, outputs: dict[str, str]) -> None:
        self._s3 = target.client("s3")
        self._place = {"Bucket": state_bucket_name(ACCOUNT_ID), "Key": f"{root}/terraform.tfstate"}
        values = {name: {"value": value} for name, value in outputs.items()}
        self._body = json.dumps({"version": 4, "outputs": values, "resources": [{}]})

    def __enter__(self) -> None:
        self._s3.put_object(**self._place, Body=self._body)

    def __exit__(self, *_: object) -> None:
        self._s3.delete_object(**self._place)


def _clone(folder: Path) -> Path:
    """A git repository with roots to name, and one commit."""
    clone = folder / "clone"
    files = [f"infra/envs/{root}/backend.tf" for root in ("dev", "prod", "shared")]
    for name in (*files, "tools/jobctl/pyproject.toml"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).touch()
    (clone / "infra/envs/product.json").write_text((REPOSITORY / "infra/envs/product.json").read_text())
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for command in (["init", "--quiet"], ["add", "--all"], [*identity, "commit", "--quiet", "--message=All"]):
        subprocess.run(["git", "-C", str(clone), *command], check=True)
    return clone
