"""`pipeline plan`: what it writes, and one sentence for whatever is wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from clone_parts import REPOSITORY
from pipeline.review.policy_findings import judge
from review_clone import NOT_BUILT, Clone, clone_in
from small_plans import small_plan, task_definition

FILES = {"plan.json", "record.json", "summary.md", "comment.md"}
# No provider, so planned in a second.
ROOT = """\
terraform {
  backend "s3" {
    key          = "tiny/terraform.tfstate"
    use_lockfile = true
  }
}

variable "size" {
  type    = number
  default = 1

  validation {
    condition     = var.size > 0
    error_message = "size is ${var.size}; it must be positive."
  }
}

resource "terraform_data" "one" {
  input = "size ${var.size}"
}
"""
# Stands in for policies/run.py: says what the file `verdict.json` says.
POLICIES = """\
import json, pathlib, sys
said = json.loads((pathlib.Path(__file__).parent / "verdict.json").read_text())
if said["found"]:
    pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(said["found"]))
plan = pathlib.Path(sys.argv[sys.argv.index("--plan") + 1])
assert json.loads(plan.read_text())["resource_changes"]
sys.stderr.write(said["stderr"])
sys.exit(said["code"])
"""
EXPIRED = b"""<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>
<Message>The security token included in the request is expired</Message></Error></ErrorResponse>"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    with clone_in(tmp_path_factory.mktemp("tiny") / "clone") as clone:
        root = clone.folder / "infra/envs/tiny"
        root.mkdir()
        (root / "main.tf").write_text(ROOT)
        (root / "backend.tf").write_text("# In main.tf.\n")
        (clone.folder / "policies").mkdir()
        (clone.folder / "policies/run.py").write_text(POLICIES)
        yield clone


def plan(
    clone: Clone, out: Path, *more: str, root: str = "tiny", release: Path | None = None, **variables: str
) -> CompletedProcess[str]:
    given = release or clone.release(NOT_BUILT)
    return clone.pipeline("plan", root, "--out", out, "--release", given, *more, **variables)


def verdict(clone: Clone, code: int, found: object = None, stderr: str = "") -> None:
    said = {"code": code, "found": found, "stderr": stderr}
    (clone.folder / "policies/verdict.json").write_text(json.dumps(said))


def assert_one_sentence(done: CompletedProcess[str], code: int, sentence: str) -> None:
    said = [line for line in done.stderr.splitlines() if not line.startswith("Target: ")]
    assert (done.returncode, len(said)) == (code, 1), done.stderr
    assert said[0].startswith("pipeline: ")
    assert sentence in said[0]
    assert "Traceback" not in done.stderr


def test_broken_policies_end_it_with_1_after_everything_is_written(clone: Clone, tmp_path: Path) -> None:
    finding = {
        "check_id": "CKV_JOBS_9",
        "where": f"plan of {tmp_path.resolve()}/plan.json, terraform_data.one",
        "sentence": "No queue is deleted",
        "to_do": "Name it",
    }
    counts = {"plan": {"passed": 4, "failed": 1, "skipped": 2}}
    verdict(clone, 1, {"findings": [finding], "problems": [], "counts": counts})

    done = plan(clone, tmp_path)

    assert (done.returncode, done.stdout) == (1, "tiny: 1 to create; 1 finding of policies\n"), done.stderr
    assert {file.name for file in tmp_path.iterdir()} == FILES
    told = "- **CKV_JOBS_9** `terraform_data.one`: No queue is deleted. Name it\n"
    assert told in (tmp_path / "comment.md").read_text()


def test_policies_that_hold_end_it_with_0_and_are_counted(clone: Clone, tmp_path: Path) -> None:
    counts = {"plan": {"passed": 4, "failed": 0, "skipped": 2}}
    verdict(clone, 0, {"findings": [], "problems": [], "counts": counts})

    done = plan(clone, tmp_path)

    assert (done.returncode, done.stdout) == (0, "tiny: 1 to create\n"), done.stderr
    assert "all hold (4 passed, 2 skipped with a reason)" in (tmp_path / "summary.md").read_text()


def test_policies_that_cannot_run_are_no_policies_that_hold(clone: Clone, tmp_path: Path) -> None:
    verdict(clone, 2, stderr="policies: checkov is not installed; run: make policies\n")

    done = plan(clone, tmp_path)

    assert_one_sentence(
        done, 1, "was not judged: checkov is not installed; run: make policies; `--no-policies`"
    )
    assert not (tmp_path / "comment.md").exists()


def test_an_error_of_terraforms_is_one_sentence_and_leaves_nothing_of_an_earlier_plan(
    clone: Clone, tmp_path: Path
) -> None:
    for name in FILES:
        (tmp_path / name).write_text("of an earlier plan")

    done = plan(clone, tmp_path, "--no-policies", TF_VAR_size="-5")

    assert_one_sentence(done, 1, "terraform plan failed for tiny: Invalid value for variable: ")
    assert "size is -5; it must be positive." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_root_is_refused(clone: Clone, tmp_path: Path) -> None:
    done = plan(clone, tmp_path, root="production")

    assert_one_sentence(done, 2, "ENV is 'production'; it must be one of dev, prod, shared, staging, tiny.")


def test_a_bad_release_is_refused(clone: Clone, tmp_path: Path) -> None:
    bad = tmp_path / "release.json"
    bad.write_text("{")

    assert_one_sentence(plan(clone, tmp_path, release=bad), 2, f"{bad} is no release (not JSON)")


def test_a_folder_that_cannot_be_made_is_refused(clone: Clone, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = plan(clone, tmp_path / "file/out")

    assert_one_sentence(done, 1, f"{tmp_path}/file/out cannot be written to: Not a directory.")


def test_without_credentials_it_says_how_to_get_them(clone: Clone, tmp_path: Path) -> None:
    out = ("plan", "tiny", "--out", tmp_path, "--release", clone.release(NOT_BUILT))

    done = clone.pipeline(*out, endpoint="", AWS_EC2_METADATA_DISABLED="true")

    assert_one_sentence(done, 1, "No AWS credentials were found; set AWS_PROFILE or give --profile")


@contextmanager
def expired() -> Iterator[str]:
    """An AWS that finds every token expired."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(EXPIRED)))
            self.end_headers()
            self.wfile.write(EXPIRED)

        def log_message(self, *_arguments: object) -> None:
            """Not on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_expired_credentials_are_told_as_such(clone: Clone, tmp_path: Path) -> None:
    out = ("plan", "tiny", "--out", tmp_path, "--release", clone.release(NOT_BUILT))
    with expired() as endpoint:
        done = clone.pipeline(*out, endpoint=endpoint)

    assert_one_sentence(done, 1, "The AWS credentials have expired; log in again")


def test_without_a_state_bucket_it_says_how_to_make_it(clone: Clone, tmp_path: Path) -> None:
    s3 = clone.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    s3.delete_bucket(Bucket=bucket)
    try:
        done = plan(clone, tmp_path)
    finally:
        assert clone.run("pipeline", "bootstrap", "--bucket-only").returncode == 0

    assert_one_sentence(done, 1, f"There is no bucket {bucket} for Terraform's state")


def test_the_policies_themselves_are_heard(tmp_path: Path) -> None:
    """The real ones, on a plan that breaks one."""
    by_tag = task_definition(image="111122223333.dkr.ecr.us-east-1.amazonaws.com/worker:latest")
    (tmp_path / "plan.json").write_text(json.dumps(small_plan(by_tag)))

    found = judge(REPOSITORY, tmp_path / "plan.json")

    assert not found.hold
    by_digest = [each for each in found.findings if each.check_id == "CKV_JOBS_5"]
    assert [each.where for each in by_digest] == ["aws_ecs_task_definition.this"]
    assert by_digest[0].sentence == "Containers name their image by digest"
