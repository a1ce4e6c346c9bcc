# The root `shared`: its job manages images and their key. It sees, and cannot change, who may deploy and how the
# states are protected: for that a person applies. It deletes no repository, for prod's images are in it.
data "aws_iam_policy_document" "apply_shared" {
  statement {
    sid       = "WriteOwnState"
    actions   = ["s3:PutObject"]
    resources = [for key in [local.state_keys.shared, local.release_keys.shared] : "${local.state_arn}/${key}"]
  }

  statement {
    sid       = "LockOwnState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.state_arn}/${local.state_keys.shared}.tflock"]
  }

  statement {
    sid = "ManageRepositories"
    actions = [
      "ecr:CreateRepository", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy",
      "ecr:TagResource", "ecr:UntagResource",
    ]
    resources = var.image_repository_arns
  }

  statement {
    sid       = "ManageOwnKey"
    actions   = ["kms:CreateGrant", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:TagResource", "kms:UpdateKeyDescription"]
    resources = ["${local.regional.kms}:key/*"]

    dynamic "condition" {
      for_each = local.own_tags.shared

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }
}
