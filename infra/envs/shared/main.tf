# What every environment needs once: the images, and the protection of the bucket that holds all states.
# Environments find the repositories by name, so this root and theirs can be applied at the same time.
data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  github = var.github == null ? local.product.github : var.github

  location = {
    account_id = data.aws_caller_identity.current.account_id
    region     = local.aws_region
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }
}

module "encryption" {
  source = "../../modules/encryption"

  location    = local.location
  name        = "${local.project_name}-shared"
  description = "Images of ${local.project_name}"
}

module "image_repository" {
  source   = "../../modules/image_repository"
  for_each = toset(["main-job", "background-job"])

  location    = local.location
  name        = "${local.project_name}-${each.key}"
  kms_key_arn = module.encryption.key_arn
}

module "state_bucket" {
  source = "../../modules/state_bucket"

  location = local.location
  name     = "${local.project_name}-state-${local.location.account_id}"
}

# How GitHub deploys; not made until `github` names the repository.
module "github_access" {
  source   = "../../modules/github_access"
  for_each = local.github == null ? {} : { this = local.github }

  location              = local.location
  project_name          = local.project_name
  repository            = each.value
  existing_provider_arn = try(coalesce(var.existing_github_provider_arn, local.product.existing_github_provider_arn), null)
  state_bucket_name     = module.state_bucket.name
  image_repository_arns = sort([for repository in module.image_repository : repository.arn])

  # Only dev is made to be thrown away.
  environments = { dev = { may_delete_records = true }, staging = {}, prod = {} }
}
