"""What a client of the local stack has to have in its environment, and the file to source for it."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from deployment.bootstrap import state_bucket_name
from deployment.product import product
from deployment.terraform.providers import MIRROR_VARIABLE

# A profile or a session token of the person's own would win over the keys below, or spoil them.
_UNWANTED = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
# The AWS CLI's version 1 has addresses of its own for SQS in some regions, us-east-1 among them: it passes
# AWS_ENDPOINT_URL over and calls Amazon. Written so that sh, bash and zsh understand it alike.
_AWS_FUNCTION = """\
aws() {
  if [ -n "$AWS_ENDPOINT_URL" ]; then
    command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"
  else
    command aws "$@"
  fi
}"""
_LOOPBACK = "127.0.0.1,localhost"


def client_variables(endpoint: str) -> dict[str, str]:
    """What points boto3, Terraform and the AWS CLI to the embedded AWS."""
    region = product().aws_region
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # A proxy does not lead to this machine's own loopback.
        "NO_PROXY": _LOOPBACK,
        "no_proxy": _LOOPBACK,
    }


def process_environment(base: Mapping[str, str], endpoint: str | None) -> dict[str, str]:
    """`base` without anything of a real account, but with the embedded AWS once it has an endpoint."""
    own = {
        name: value
        for name, value in base.items()
        if not name.startswith(("AWS_", "TF_")) or name == MIRROR_VARIABLE
    }
    # Files with a person's credentials and settings stay closed.
    own |= {"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null"}
    return own | (client_variables(endpoint) if endpoint else {})


def write_env_file(target: Path, variables: Mapping[str, str]) -> None:
    """The file to source; only its owner may read it."""
    lines = ["# The local stack: `source` this file, then boto3, Terraform and the AWS CLI talk to it."]
    lines += [f"unset {' '.join(_UNWANTED)}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    lines += [_AWS_FUNCTION]
    draft = target.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(target)


def read_env_file(source: Path) -> dict[str, str]:
    """The exported variables of a file that `write_env_file` wrote; empty when there is none."""
    if not source.is_file():
        return {}
    words = [shlex.split(line, comments=True) for line in source.read_text().splitlines()]
    pairs = [line[1].partition("=") for line in words if line[:1] == ["export"]]
    return {name: value for name, _, value in pairs}


def terraform_variables(cli_configuration: Path, account_id: str) -> dict[str, str]:
    """What makes a plain `terraform init`, `plan` and `output` in infra/envs work on the local stack."""
    backend = f"-backend-config=bucket={state_bucket_name(account_id)}"
    return {
        "TF_CLI_CONFIG_FILE": str(cli_configuration),
        "TF_CLI_ARGS_init": f"{backend} -backend-config=region={product().aws_region} -lockfile=readonly",
        # Relative, hence one for each root, apart from a `.terraform` that belongs to a real account.
        "TF_DATA_DIR": ".terraform/local-stack",
        "CHECKPOINT_DISABLE": "1",
    }
