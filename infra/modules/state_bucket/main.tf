# The bucket itself is made by the bootstrap command, with versioning: Terraform cannot make the bucket that holds
# its own state. What this module owns is everything that protects it.
resource "aws_s3_bucket_public_access_block" "state" {
  bucket = var.name

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = var.name

  versioning_configuration {
    status = "Enabled"
  }
}

# Not a key of our own: that key is in the state kept here, and losing it would lose the way to bring it back.
resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = var.name

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = var.name
  policy = data.aws_iam_policy_document.state.json

  # S3 answers 409 while two of these settings change at once.
  depends_on = [aws_s3_bucket_public_access_block.state]
}

locals {
  arn = "arn:${var.location.partition}:s3:::${var.name}"
}

data "aws_iam_policy_document" "state" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [local.arn, "${local.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  # Old versions are the only backup of a state. Lock files are deleted all day, versions by nobody.
  statement {
    sid       = "DenyLosingTheState"
    effect    = "Deny"
    actions   = ["s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:PutLifecycleConfiguration"]
    resources = [local.arn, "${local.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
