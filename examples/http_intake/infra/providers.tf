provider "aws" {
  region = var.aws_region

  default_tags {
    tags = {
      Project     = var.project_name
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# Everything is named after the environment, so that ARNs and URLs are known before anything exists.
locals {
  prefix = "${var.project_name}-${var.environment}"

  location = {
    account_id = data.aws_caller_identity.current.account_id
    region     = var.aws_region
    partition  = data.aws_partition.current.partition
    dns_suffix = data.aws_partition.current.dns_suffix
  }
}
