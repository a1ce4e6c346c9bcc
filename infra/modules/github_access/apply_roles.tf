# The roles of an environment's tasks. Whoever may make a role and write its policy may do what the policy says: so a
# job makes roles with the environment's boundary only, and a role can do no more than its boundary, whatever its
# policy says. The boundary itself is out of a job's reach.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
resource "aws_iam_policy" "boundary" {
  for_each = var.environments

  name        = "${local.prefixes[each.key]}-boundary"
  description = "The most that any role of ${local.prefixes[each.key]} may do."
  policy      = data.aws_iam_policy_document.boundary[each.key].json
}

locals {
  boundary_arns = { for name in keys(var.environments) : name => "${local.iam_prefix}:policy/${local.prefixes[name]}-boundary" }
}

data "aws_iam_policy_document" "apply_roles" {
  for_each = var.environments

  statement {
    sid = "GiveRolesTheBoundary"
    actions = [
      "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary",
      "iam:PutRolePolicy",
    ]
    resources = ["${local.iam_prefix}:role/${local.prefixes[each.key]}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary_arns[each.key]]
    }
  }

  statement {
    sid = "ManageOwnRoles"
    actions = [
      "iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
    ]
    resources = ["${local.iam_prefix}:role/${local.prefixes[each.key]}-*"]
  }

  statement {
    sid       = "PassRolesToTasks"
    actions   = ["iam:PassRole"]
    resources = [for kind in ["task", "execution"] : "${local.iam_prefix}:role/${local.prefixes[each.key]}-*-${kind}"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }

  statement {
    sid       = "PassRoleToFlowLogs"
    actions   = ["iam:PassRole"]
    resources = ["${local.iam_prefix}:role/${local.prefixes[each.key]}-flow-logs"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["vpc-flow-logs.amazonaws.com"]
    }
  }

  # AWS's own roles, made once for an account by whoever first uses the service.
  statement {
    sid       = "LetAwsMakeItsOwnRoles"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.iam_prefix}:role/aws-service-role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"]
    }
  }
}

# The union of what tasks, their start and flow logs need, within the environment's names. A role's own policy still
# says which of it that role gets.
data "aws_iam_policy_document" "boundary" {
  for_each = var.environments

  statement {
    sid = "UseOwnQueuesTablesBuckets"
    actions = [
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage",
      "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
      "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
      "s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject",
    ]
    resources = [
      "${local.regional.sqs}:${local.prefixes[each.key]}-*",
      "${local.regional.dynamodb}:table/${local.prefixes[each.key]}-*",
      "arn:${var.location.partition}:s3:::${local.prefixes[each.key]}-*",
    ]
  }

  statement {
    sid       = "WriteOwnLogs"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = flatten(local.log_groups[each.key])
  }

  statement {
    sid       = "ProtectOwnTasks"
    actions   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    resources = ["${local.regional.ecs}:task/${local.prefixes[each.key]}-cluster/*"]
  }

  statement {
    sid       = "ReadOwnSecrets"
    actions   = ["secretsmanager:GetSecretValue", "ssm:GetParameters"]
    resources = flatten([for separator in ["-", "/"] : ["${local.regional.secretsmanager}:secret:${local.prefixes[each.key]}${separator}*", "${local.regional.ssm}:parameter/${local.prefixes[each.key]}${separator}*"]])
  }

  statement {
    sid       = "UseOwnKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["${local.regional.kms}:key/*"]

    dynamic "condition" {
      for_each = local.own_tags[each.key]

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = var.image_repository_arns
  }

  # AWS takes no resource for these: the registry's token, the channels of an Exec session, the list of log groups.
  statement {
    sid = "WithoutNames"
    actions = [
      "ecr:GetAuthorizationToken", "logs:DescribeLogGroups",
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}
