"""A Terraform root, the account it is for, and the command line that plans or applies it."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from deployment.aws_errors import one_sentence
from deployment.bootstrap import bucket_exists, state_bucket_name
from deployment.errors import BadInput, ToolError
from deployment.product import PLACE, read_product
from deployment.release import Release, deployed_release, given_release
from deployment.repository import find_repository, local_folder
from deployment.target import LOOPBACK, Target, account_target, local_target
from deployment.terraform import TerraformRoot, prepare_terraform
from deployment.terraform.environment import data_folder
from deployment.variables import process_environment

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Makes the images, and deploys none.
SHARED = "shared"


@dataclass(frozen=True)
class Root:
    """A folder in `infra/envs`; its state and what it makes are in one region."""

    name: str
    folder: Path
    region: str


def find_root(name: str, repository: Path) -> Root:
    """The root of that name; raises BadInput with the names that exist."""
    folders = {path.parent.name: path.parent for path in repository.glob("infra/envs/*/backend.tf")}
    if name not in folders:
        given = f"ENV is {name!r}" if name else "ENV is missing"
        raise BadInput(f"{given}; it must be one of {', '.join(sorted(folders))}.")
    return Root(name, folders[name], read_product(repository / PLACE).aws_region)


def find_account(root: Root, profile: str | None, environment: Mapping[str, str]) -> Target:
    """The local stack where AWS_ENDPOINT_URL leads to it, else the account of the credentials in use.

    Credentials of a role (AWS_SESSION_TOKEN) are used as they are on the local stack, too, so that IAM judges
    them there. Raises ToolError when there are none, or when the shell names another region than the root's.
    """
    endpoint = environment.get("AWS_ENDPOINT_URL", "")
    takes_a_role = profile is not None or bool(environment.get("AWS_SESSION_TOKEN"))
    if endpoint and urlsplit(endpoint).hostname in LOOPBACK and not takes_a_role:
        target = local_target(endpoint)
        with one_sentence(target.name):
            target.account_id = target.client("sts").get_caller_identity()["Account"]
        return target
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        if environment.get(variable, root.region) != root.region:
            raise ToolError(
                f"{variable} is {environment[variable]}, but {root.name} and its state are in {root.region}; "
                f"unset it, or change aws_region in {PLACE}."
            )
    return account_target(profile, root.region, root.name)


def find_state_bucket(root: Root, target: Target, profile: str | None) -> str:
    """The name of the bucket for states; raises ToolError when it was not made yet."""
    bucket = state_bucket_name(target.account_id)
    with one_sentence(target.name):
        if bucket_exists(target.client("s3"), bucket, target.account_id, f"{root.name}/terraform.tfstate"):
            return bucket
    by = f" --profile {profile}" if profile else ""
    make_it = "`make up` makes it" if target.is_local else f"make it with `.venv/bin/pipeline bootstrap{by}`"
    raise ToolError(f"There is no bucket {bucket} for Terraform's state in {target.name}; {make_it}.")


def deploys_images(root: Root) -> bool:
    """Whether the root takes a release: it declares `variable "image_digests"`."""
    files = root.folder.glob("*.tf")
    return any(re.search(r'^variable\s+"image_digests"', file.read_text(), re.M) for file in files)


def find_release(root: Root, target: Target, bucket: str, given: str | None) -> Release | None:
    """The images to plan with; None for the root that deploys none. Raises BadInput and ToolError."""
    if root.name == SHARED:
        if given:
            raise BadInput("IMAGE_DIGESTS is set, but shared deploys no images; unset it.")
        return None
    if given:
        return given_release(given)
    with one_sentence(target.name):
        s3: S3Client = target.client("s3")
        return deployed_release(s3, bucket, root.name)


def initialise(root: Root, target: Target, bucket: str, variables: Mapping[str, str]) -> TerraformRoot:
    """Terraform in that root, after `init`; raises ToolError."""
    repository = find_repository()
    # Apart by account: what `init` remembers of one must not be used for another.
    working_files = data_folder(repository, root.folder / ("local" if target.is_local else target.account_id))
    terraform = TerraformRoot(
        setup=prepare_terraform(repository, lambda text: print(text, file=sys.stderr)),
        folder=root.folder,
        data_folder=working_files,
        log=local_folder(repository) / f"terraform/{working_files.name}.log",
        state_bucket=bucket,
        region=root.region,
        environment=variables,
    )
    terraform.init()
    return terraform


def terraform_variables(target: Target, profile: str | None) -> dict[str, str]:
    """The environment for Terraform: the person's own, or for the local stack nothing of an account's."""
    if target.is_local:
        own = {name: value for name, value in os.environ.items() if name.startswith("TF_VAR_")}
        return process_environment(os.environ, target.endpoint) | own
    return dict(os.environ) | ({"AWS_PROFILE": profile} if profile else {})
