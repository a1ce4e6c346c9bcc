provider "aws" {
  region              = local.aws_region
  allowed_account_ids = local.account_ids

  default_tags {
    tags = {
      Project     = local.project_name
      Environment = "staging"
      ManagedBy   = "terraform"
    }
  }
}
