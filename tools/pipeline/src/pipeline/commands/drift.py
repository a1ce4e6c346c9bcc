"""`pipeline drift ROOT --out DIR`."""

import json
import os
from pathlib import Path

import click
from botocore.exceptions import ClientError
from deployment.aws_errors import error_code, one_sentence
from deployment.errors import ToolError
from deployment.outputs import read_state
from deployment.private_folder import private_folder
from deployment.release import deployed_release
from deployment.repository import find_repository
from deployment.roots import Root, deploys_images, find_account, find_root, find_state_bucket
from deployment.target import Target

from pipeline.github.runner import add_summary, set_output
from pipeline.review.drift import drift_of
from pipeline.review.planned_changes import changes_of
from pipeline.review.planning import plan_root
from pipeline.review.redaction import redacted
from pipeline.review.reviewing import ReviewFiles

DRIFTED = 4


@click.command()
@click.argument("root")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@click.option("--profile", help="AWS profile of the account.  [default: AWS_PROFILE]")
def drift(root: str, out: Path, profile: str | None) -> int:
    """Say whether ROOT is as this tree says, with the images that are deployed; exit code 4 when it is not.
    The output `state` says it, too: clean or drifted.

    summary.md tells what somebody changed by hand, and what was not deployed; plan.json is the whole plan
    without sensitive values.
    """
    place = find_root(root, find_repository())
    files = ReviewFiles(out)
    files.make()
    target = find_account(place, profile, os.environ)
    click.echo(f"Target: {target.name}", err=True)
    bucket = find_state_bucket(place, target, profile)
    if not _is_deployed(place, target, bucket):
        return _end(out, f"## {root}: nothing is deployed yet\n", 0)
    with private_folder() as folder:
        planned = plan_root(place, target, _digests(place, target, bucket), folder, profile=profile)
        masked = redacted(planned.document)
        (out / "plan.json").write_text(json.dumps(masked))
        found = drift_of(root, changes_of(planned.document, masked))
    return _end(out, found.text(), 0 if found.is_clean else DRIFTED)


def _end(out: Path, text: str, code: int) -> int:
    (out / "summary.md").write_text(text)
    set_output("state", "drifted" if code == DRIFTED else "clean")
    add_summary(text)
    click.echo(text.partition("\n")[0].removeprefix("## "))
    return code


def _is_deployed(root: Root, target: Target, bucket: str) -> bool:
    """Raises ToolError when it was deployed once and its state is gone."""
    with one_sentence(target.name):
        s3 = target.client("s3")
        state = read_state(s3, bucket, root.name)
        if state and state.get("resources"):
            return True
        try:
            s3.head_object(Bucket=bucket, Key=f"{root.name}/release.json")
        except ClientError as error:
            if error_code(error) in {"404", "NoSuchKey", "NotFound"}:
                return False
            raise
    raise ToolError(
        f"{root.name} was deployed, and its state s3://{bucket}/{root.name}/terraform.tfstate is gone or "
        "empty; docs/disaster.md says how to bring it back."
    )


def _digests(root: Root, target: Target, bucket: str) -> dict[str, str] | None:
    if not deploys_images(root):
        return None
    with one_sentence(target.name):
        return deployed_release(target.client("s3"), bucket, root.name).digests
