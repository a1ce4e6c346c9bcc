resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  force_delete         = var.force_delete

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.kms_key_arn
  }
}

# Every image that was ever released carries a tag, and any of them may be deployed (a revert deploys an old one).
# So by default only what has no tag expires: layers of pushes that never finished.
resource "aws_ecr_lifecycle_policy" "this" {
  repository = aws_ecr_repository.this.name

  policy = jsonencode({ rules = concat([local.expire_untagged], local.expire_beyond_kept) })
}

locals {
  expire_untagged = {
    rulePriority = 1
    description  = "Expire untagged images; tagged ones may be deployed"
    selection = {
      tagStatus   = "untagged"
      countType   = "sinceImagePushed"
      countUnit   = "days"
      countNumber = var.untagged_expiry_days
    }
    action = { type = "expire" }
  }

  expire_beyond_kept = [for count in var.keep_images[*] : {
    rulePriority = 2
    description  = "Keep the last ${count} tagged images"
    selection = {
      tagStatus      = "tagged"
      tagPatternList = ["*"]
      countType      = "imageCountMoreThan"
      countNumber    = count
    }
    action = { type = "expire" }
  }]
}
