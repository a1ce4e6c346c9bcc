# Bucket and region are the account's: they come with `terraform init`, as README.md shows. A second environment has a
# key of its own: -backend-config=key=examples/http-intake/<environment>.tfstate
terraform {
  backend "s3" {
    key          = "examples/http-intake/dev.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
