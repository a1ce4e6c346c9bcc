provider "aws" {
  region = var.aws_region

  default_tags {
    tags = {
      Project     = "api-worker-scheduler"
      Environment = var.environment_suffix
      ManagedBy   = "terraform"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# Everything is named with the suffix, so that ARNs and URLs are known before anything exists.
locals {
  location = {
    account_id = data.aws_caller_identity.current.account_id
    region     = var.aws_region
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }
}
