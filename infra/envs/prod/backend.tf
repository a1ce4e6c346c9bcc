# A backend reads no file, so what ../product.json has, and the account, come from outside; by hand:
#   terraform init -backend-config=bucket=<project_name>-state-<account id> -backend-config=region=<aws_region>
terraform {
  backend "s3" {
    key          = "prod/terraform.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
