"""The fitting Terraform with the right environment: which binary, where its providers come from."""

from jobctl.terraform.binary import find_terraform
from jobctl.terraform.environment import TerraformSetup, prepare_terraform
from jobctl.terraform.root import TerraformRoot

__all__ = ["TerraformRoot", "TerraformSetup", "find_terraform", "prepare_terraform"]
