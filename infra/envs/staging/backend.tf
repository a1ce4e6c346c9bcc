# The bucket's name holds the account id, so it comes from outside:
#   terraform init -backend-config=bucket=message-driven-microservices-state-<account id>
terraform {
  backend "s3" {
    key          = "staging/terraform.tfstate"
    region       = "us-east-1"
    use_lockfile = true
    encrypt      = true
  }
}
