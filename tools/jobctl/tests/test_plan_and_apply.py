"""`jobctl plan` and `jobctl apply`: what is refused before Terraform starts, and what Terraform then does."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from deployment.bootstrap import ensure_state_bucket, state_bucket_name
from deployment.errors import BadInput, ToolError
from deployment.product import product
from deployment.release import deployed_release, given_release
from deployment.roots import find_root
from deployment.target import local_target

REPOSITORY = Path(__file__).resolve().parents[3]
ACCOUNT_ID = "123456789012"
ONE, OTHER = ("sha256:" + digit * 64 for digit in "1a")
DIGESTS = {"main_job": ONE, "background_job": OTHER}
NO_ENDPOINT = {"AWS_ENDPOINT_URL": ""}
# `init` and `plan` on a machine that is busy with other tests.
TERRAFORM_SECONDS = 240
both_commands = pytest.mark.parametrize("command", ["plan", "apply"])


def one_sentence(done: Any, exit_code: int = 1) -> str:
    """What stderr says last; nothing was printed for machines, and Terraform was not started."""
    assert (done.returncode, done.stdout) == (exit_code, ""), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return str(done.stderr).splitlines()[-1]


@both_commands
def test_an_unknown_environment_is_refused_with_those_that_exist(command: str, jobctl: Any) -> None:
    said = one_sentence(jobctl(command, "production"), 2)

    assert said == "jobctl: ENV is 'production'; it must be one of dev, prod, shared, staging."


@pytest.mark.parametrize("name", ["../envs/dev", "dev/", ".", "DEV", "modules", "--help"])
def test_only_the_name_of_a_root_is_a_root(name: str) -> None:
    with pytest.raises(BadInput, match=r"must be one of dev, prod, shared, staging\.$"):
        find_root(name, REPOSITORY)


@both_commands
def test_make_without_an_environment_says_what_to_give(command: str) -> None:
    done = subprocess.run(["make", command], cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "jobctl: ENV is missing; it must be one of dev, prod, shared, staging." in done.stderr


@both_commands
def test_without_credentials_it_says_where_to_get_some(command: str, jobctl: Any) -> None:
    done = jobctl(command, "dev", **NO_ENDPOINT, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    said = one_sentence(done)
    assert all(hint in said for hint in ("AWS_PROFILE", "`aws sso login`", "`make up`", "stack.env"))


def test_expired_credentials_are_told_from_missing_ones(jobctl: Any) -> None:
    with _answering("ExpiredToken") as endpoint:
        done = jobctl("plan", "dev", **NO_ENDPOINT, AWS_ENDPOINT_URL_STS=endpoint)

    assert "credentials have expired; log in again, for instance with `aws sso login`" in one_sentence(done)


def test_a_local_stack_that_is_gone_is_one_sentence(jobctl: Any) -> None:
    said = one_sentence(jobctl("plan", "dev", AWS_ENDPOINT_URL="http://127.0.0.1:9"))

    assert said.startswith("jobctl: The local stack (http://127.0.0.1:9) does not answer")


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_shell_that_is_set_to_another_region_is_refused(variable: str, jobctl: Any) -> None:
    said = one_sentence(jobctl("plan", "prod", **NO_ENDPOINT, **{variable: "eu-west-1"}))

    assert f"{variable} is eu-west-1, but prod and its state are in {product().aws_region}; unset it" in said


def test_an_account_without_a_state_bucket_is_led_to_bootstrap(
    aws_endpoint: str, jobctl: Any, tmp_path: Path
) -> None:
    other_account = local_target(aws_endpoint).client("sts")
    role = "arn:aws:iam::111122223333:role/operator"
    keys = other_account.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    (tmp_path / "config").write_text(
        f"[profile new]\naws_access_key_id = {keys['AccessKeyId']}\n"
        f"aws_secret_access_key = {keys['SecretAccessKey']}\naws_session_token = {keys['SessionToken']}\n"
    )

    done = jobctl("plan", "dev", "--profile", "new", AWS_CONFIG_FILE=str(tmp_path / "config"))

    said = one_sentence(done)
    assert f"There is no bucket {product().project_name}-state-111122223333" in said
    assert said.endswith("make it with `.venv/bin/pipeline bootstrap --profile new`.")


@pytest.mark.parametrize(
    "text",
    [
        "latest",
        "[]",
        "{}",
        json.dumps({"main_job": ONE}),
        json.dumps({**DIGESTS, "third_job": ONE}),
        json.dumps({**DIGESTS, "main_job": "latest"}),
        json.dumps({**DIGESTS, "main_job": ONE[:-1]}),
        json.dumps({**DIGESTS, "main_job": 1}),
    ],
)
def test_images_that_are_no_digests_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"IMAGE_DIGESTS (is|has) .*; it must be a JSON object such as"):
        given_release(text)


def test_images_are_taken_as_given() -> None:
    assert given_release(json.dumps(DIGESTS)).digests == DIGESTS


def test_shared_deploys_no_images(state_bucket: str, jobctl: Any) -> None:
    done = jobctl("plan", "shared", IMAGE_DIGESTS=json.dumps(DIGESTS))

    assert "IMAGE_DIGESTS is set, but shared deploys no images" in one_sentence(done, 2)


def test_an_environment_without_state_gets_the_placeholder(aws_endpoint: str, state_bucket: str) -> None:
    s3 = local_target(aws_endpoint).client("s3")

    assert deployed_release(s3, state_bucket, "never").digests is None


def test_an_environment_that_was_destroyed_gets_the_placeholder(aws_endpoint: str, state_bucket: str) -> None:
    with _state(aws_endpoint, "gone", {"outputs": {}, "resources": []}) as s3:
        assert deployed_release(s3, state_bucket, "gone").digests is None


def test_what_is_deployed_is_kept(aws_endpoint: str, state_bucket: str) -> None:
    outputs = {"image_digests": {"value": DIGESTS}}
    with _state(aws_endpoint, "kept", {"outputs": outputs, "resources": [{}]}) as s3:
        assert deployed_release(s3, state_bucket, "kept").digests == DIGESTS


def test_images_are_asked_for_when_nobody_knows_what_runs(aws_endpoint: str, state_bucket: str) -> None:
    with (
        _state(aws_endpoint, "half", {"outputs": {}, "resources": [{}]}) as s3,
        pytest.raises(ToolError, match="does not say which images are deployed; give IMAGE_DIGESTS"),
    ):
        deployed_release(s3, state_bucket, "half")


def test_a_first_plan_goes_by_the_placeholder_and_leaves_nothing_behind(
    aws_endpoint: str, state_bucket: str, jobctl: Any
) -> None:
    # A lock would leave its traces among the old versions.
    versions = local_target(aws_endpoint).client("s3").list_object_versions
    before = _files(), versions(Bucket=state_bucket, Prefix="staging").get("DeleteMarkers")

    done = jobctl("plan", "staging", timeout_seconds=TERRAFORM_SECONDS)

    assert done.returncode == 0, done.stderr
    assert "Images: none is deployed yet: a placeholder" in done.stderr
    assert "sha256:" + "0" * 64 in done.stdout
    assert " 0 to change, 0 to destroy." in done.stdout
    assert (_files(), versions(Bucket=state_bucket, Prefix="staging").get("DeleteMarkers")) == before


def test_apply_asks_and_a_no_makes_nothing(aws_endpoint: str, state_bucket: str, jobctl: Any) -> None:
    done = jobctl("apply", "shared", stdin="no\n", timeout_seconds=TERRAFORM_SECONDS)

    assert done.returncode == 1
    assert "Apply cancelled" in done.stdout
    ecr = local_target(aws_endpoint).client("ecr")
    names = {repository["repositoryName"] for repository in ecr.describe_repositories()["repositories"]}
    assert not {name for name in names if name.startswith(product().project_name)}


@pytest.fixture
def state_bucket(aws_endpoint: str) -> str:
    """The bucket for states, as bootstrap makes it."""
    return ensure_state_bucket(local_target(aws_endpoint).client("s3"), ACCOUNT_ID, product().aws_region)


def _files() -> set[Path]:
    return {path for path in (REPOSITORY / "infra/envs").rglob("*") if ".terraform" not in path.parts}


@contextmanager
def _state(endpoint: str, root: str, content: dict[str, Any]) -> Iterator[Any]:
    """A client of S3 while a root has that state."""
    s3 = local_target(endpoint).client("s3")
    place = {"Bucket": state_bucket_name(ACCOUNT_ID), "Key": f"{root}/terraform.tfstate"}
    s3.put_object(**place, Body=json.dumps({"version": 4, **content}))
    yield s3
    s3.delete_object(**place)


@contextmanager
def _answering(code: str) -> Iterator[str]:
    """An address where every call is refused with that error."""

    class Refusal(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = f"<ErrorResponse><Error><Code>{code}</Code><Message>No.</Message></Error></ErrorResponse>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_args: Any) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Refusal)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
