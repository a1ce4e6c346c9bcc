"""The fitting Terraform with the right environment: which binary, where its providers come from."""

from deployment.terraform.binary import find_terraform
from deployment.terraform.environment import TerraformSetup, prepare_terraform
from deployment.terraform.root import TerraformRoot

__all__ = ["TerraformRoot", "TerraformSetup", "find_terraform", "prepare_terraform"]
