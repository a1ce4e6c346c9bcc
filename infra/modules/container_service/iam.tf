locals {
  iam_arn_prefix = "arn:${var.location.partition}:iam::${var.location.account_id}:role"

  task_role_name      = "${var.family}-task"
  execution_role_name = "${var.family}-execution"
  task_role_arn       = "${local.iam_arn_prefix}/${local.task_role_name}"
  execution_role_arn  = "${local.iam_arn_prefix}/${local.execution_role_name}"

  # Where there is nothing to say, there is no policy: IAM takes no empty one.
  has_work       = length(var.permissions) > 0 || var.enable_task_protection
  has_encryption = length(var.encrypted_services) > 0

  key_users = {
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] : action => [
      for service in sort(keys(var.encrypted_services)) : "${service}.${var.location.region}.${var.location.dns_suffix}"
      if contains(var.encrypted_services[service], action)
    ]
  }
}

data "aws_iam_policy_document" "trust" {
  # The conditions keep ECS of another account from being talked into taking the role.
  statement {
    sid     = "TasksOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.ecs_arn_prefix}:*"]
    }
  }
}

# The task role: what the code in the container may do.
resource "aws_iam_role" "task" {
  name               = local.task_role_name
  description        = "What ${var.service_name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json

  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "task" {
  for_each = local.has_work ? toset(["on"]) : toset([])

  name   = "work"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task["on"].json
}

# A policy of its own, because the key's id is the one thing that a first plan cannot know.
resource "aws_iam_role_policy" "task_encryption" {
  for_each = local.has_encryption ? toset(["on"]) : toset([])

  name   = "encryption"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task_encryption["on"].json
}

data "aws_iam_policy_document" "task" {
  for_each = local.has_work ? toset(["on"]) : toset([])

  dynamic "statement" {
    for_each = var.permissions

    content {
      sid       = statement.key
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  dynamic "statement" {
    for_each = var.enable_task_protection ? [var.cluster_name] : []

    content {
      sid       = "ProtectOwnTask"
      actions   = ["ecs:UpdateTaskProtection"]
      resources = ["${local.ecs_arn_prefix}:task/${statement.value}/*"]
    }
  }
}

# Reading decrypts; writing makes a data key and verifies it. Both stand here in full, not by a dynamic block, so that a
# policy can follow the key's ARN in a plan that does not know it yet.
data "aws_iam_policy_document" "task_encryption" {
  for_each = local.has_encryption ? toset(["on"]) : toset([])

  statement {
    sid       = "DecryptThroughServices"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = local.key_users["kms:Decrypt"]
    }
  }

  statement {
    sid       = "MakeDataKeysThroughServices"
    actions   = ["kms:GenerateDataKey"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = local.key_users["kms:GenerateDataKey"]
    }
  }
}

# The execution role: what ECS does to start the container, and nothing that its code may do.
resource "aws_iam_role" "execution" {
  name               = local.execution_role_name
  description        = "What ECS does to start ${var.service_name}."
  assume_role_policy = data.aws_iam_policy_document.trust.json

  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "execution" {
  name   = "start"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json
}

data "aws_iam_policy_document" "execution" {
  statement {
    # The token is the account's; ECR takes no resource here.
    sid       = "LogInToRegistry"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    sid       = "PullImage"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [local.repository_arn]
  }

  statement {
    sid       = "WriteContainerOutput"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.logs_arn_prefix}:${var.log_group_name}:*"]
  }
}
