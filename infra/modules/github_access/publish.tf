# Main's workflow pushes the images that are missing, and looks one up by its content tag. Tags are immutable and
# nothing here deletes, so what was deployed cannot be replaced.
data "aws_iam_policy_document" "publish" {
  statement {
    # The token is the account's; ECR takes no resource here.
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid = "PushImages"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
    ]
    resources = var.image_repository_arns
  }
}
