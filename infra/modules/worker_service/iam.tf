locals {
  iam_arn_prefix = "arn:${var.location.partition}:iam::${var.location.account_id}:role"

  task_role_name      = "${var.family}-task"
  execution_role_name = "${var.family}-execution"
  task_role_arn       = "${local.iam_arn_prefix}/${local.task_role_name}"
  execution_role_arn  = "${local.iam_arn_prefix}/${local.execution_role_name}"

  # The queue takes both; beside it each service through which the key is used names what it needs.
  key_actions = merge(var.encrypted_services, { sqs = ["kms:Decrypt", "kms:GenerateDataKey"] })
  key_users = {
    for action in ["kms:Decrypt", "kms:GenerateDataKey"] : action => [
      for service in sort(keys(local.key_actions)) : "${service}.${var.location.region}.${var.location.dns_suffix}"
      if contains(local.key_actions[service], action)
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
  name   = "work"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task.json
}

# A policy of its own, because the key's id is the one thing that a first plan cannot know.
resource "aws_iam_role_policy" "task_encryption" {
  name   = "encryption"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task_encryption.json
}

data "aws_iam_policy_document" "task" {
  # A batch call needs the permission of its single action.
  statement {
    sid       = "ConsumeOwnQueue"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    resources = [var.queue.arn]
  }

  statement {
    sid       = "DeadLetterWithReason"
    actions   = ["sqs:SendMessage"]
    resources = [var.queue.dead_letter_arn]
  }

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

  dynamic "statement" {
    for_each = var.enable_execute_command ? [1] : []

    content {
      # The session's channels have no ARN to name.
      sid = "OpenExecSession"
      actions = [
        "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.enable_execute_command ? [1] : []

    content {
      sid       = "FindExecLogGroup"
      actions   = ["logs:DescribeLogGroups"]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.enable_execute_command ? [1] : []

    content {
      sid       = "LogExecSession"
      actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      resources = ["${local.logs_arn_prefix}:${var.exec_log_group_name}:*"]
    }
  }
}

data "aws_iam_policy_document" "task_encryption" {
  # Receiving decrypts; sending makes a data key and verifies it.
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

  dynamic "statement" {
    for_each = var.enable_execute_command ? [1] : []

    content {
      sid       = "EncryptExecSession"
      actions   = ["kms:Decrypt"]
      resources = [var.kms_key_arn]
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

# A policy of its own: AWS draws a part of a Secrets Manager ARN and the id of the key, so a first plan may not know it.
resource "aws_iam_role_policy" "execution_secrets" {
  for_each = length(var.secrets) == 0 ? toset([]) : toset(["read"])

  name   = "secrets"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution_secrets[each.key].json
}

locals {
  parameter_arns = distinct([for arn in values(var.secrets) : arn if strcontains(arn, ":parameter/")])

  # Without the JSON key and version that may follow: IAM knows the secret as a whole.
  secret_arns = distinct([for arn in values(var.secrets) : join(":", slice(split(":", arn), 0, 7)) if !strcontains(arn, ":parameter/")])
}

data "aws_iam_policy_document" "execution_secrets" {
  for_each = length(var.secrets) == 0 ? toset([]) : toset(["read"])

  dynamic "statement" {
    for_each = length(local.parameter_arns) > 0 ? [local.parameter_arns] : []

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameters"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(local.secret_arns) > 0 ? [local.secret_arns] : []

    content {
      sid       = "ReadSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = length(var.secret_kms_key_arns) > 0 ? [var.secret_kms_key_arns] : []

    content {
      sid       = "DecryptThroughTheirStores"
      actions   = ["kms:Decrypt"]
      resources = statement.value

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = [for store in ["secretsmanager", "ssm"] : "${store}.${var.location.region}.${var.location.dns_suffix}"]
      }
    }
  }
}
