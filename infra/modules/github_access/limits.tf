# What no job of GitHub's may do, whatever else it is allowed, now or after a change of the other policies.
locals {
  # Policy → the environment whose deployer and load test it limits, or null for all other roles. A deployer sees by a
  # synthetic trigger that its environment works (apply_smoke.tf), a load test by many (load.tf): so much is left open.
  limited = merge({ limits = null }, { for name in keys(var.environments) : "limits-${name}" => name })

  own_iam_arns = [
    "${local.iam_prefix}:role/${var.project_name}-github-*",
    "${local.iam_prefix}:policy/*",
    "${local.iam_prefix}:oidc-provider/*",
  ]
}

data "aws_iam_policy_document" "limits" {
  for_each = local.limited

  # Settings are read, content is not. A state is content too, and the one exception: it may hold sensitive values.
  statement {
    sid           = "DenyReadingObjects"
    effect        = "Deny"
    actions       = ["s3:GetObject", "s3:GetObjectVersion"]
    not_resources = concat([for key in values(local.state_keys) : "${local.state_arn}/${key}*"], [for key in values(local.release_keys) : "${local.state_arn}/${key}"])
  }

  statement {
    sid    = "DenyReadingContent"
    effect = "Deny"
    actions = [
      "sqs:ReceiveMessage",
      "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue",
      "ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath",
      "dynamodb:ExportTableToPointInTime", "dynamodb:GetRecords",
      "dynamodb:PartiQLSelect", "dynamodb:Query", "dynamodb:Scan",
      "logs:FilterLogEvents", "logs:GetLogEvents", "logs:GetLogRecord", "logs:GetQueryResults", "logs:StartLiveTail", "logs:StartQuery", "logs:Unmask",
      "ecs:ExecuteCommand", "ecs:RunTask", "ecs:StartTask",
    ]
    resources = ["*"]
  }

  statement {
    sid           = "DenyReadingRecords"
    effect        = "Deny"
    actions       = ["dynamodb:BatchGetItem", "dynamodb:GetItem"]
    resources     = each.value == null ? ["*"] : null
    not_resources = each.value == null ? null : [local.smoke[each.value].ledger_arn]
  }

  statement {
    sid           = "DenySending"
    effect        = "Deny"
    actions       = ["sqs:SendMessage"]
    resources     = each.value == null ? ["*"] : null
    not_resources = each.value == null ? null : [local.smoke[each.value].trigger_queue_arn]
  }

  # DynamoDB decrypts once when a table with a key is made, and whenever it is read; SQS, when a message is sent: it
  # verifies its data key. Nothing else that is managed here needs it.
  statement {
    sid       = "DenyDecrypting"
    effect    = "Deny"
    actions   = ["kms:Decrypt", "kms:ReEncryptFrom"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "kms:ViaService"
      values   = [for service in concat(["dynamodb"], each.value == null ? [] : ["sqs"]) : "${service}.${var.location.region}.${var.location.dns_suffix}"]
    }
  }

  # A person with administrator's rights changes who may deploy: a job that could, would be all of them.
  statement {
    sid    = "DenyChangingGithubAccess"
    effect = "Deny"
    actions = [
      "iam:Add*", "iam:Attach*", "iam:Create*", "iam:Delete*", "iam:Detach*", "iam:PassRole", "iam:Put*", "iam:Remove*",
      "iam:Set*", "iam:Tag*", "iam:Untag*", "iam:Update*",
    ]
    resources = local.own_iam_arns
  }

  # No way in that outlives the job, and no way to another role.
  statement {
    sid    = "DenyOtherIdentities"
    effect = "Deny"
    actions = [
      "iam:AddUserToGroup", "iam:CreateAccessKey", "iam:CreateGroup", "iam:CreateLoginProfile", "iam:CreateOpenIDConnectProvider",
      "iam:CreateSAMLProvider", "iam:CreateServiceSpecificCredential", "iam:CreateUser", "iam:DeleteRolePermissionsBoundary",
      "iam:UpdateAccessKey", "iam:UpdateLoginProfile", "sts:AssumeRole",
    ]
    resources = ["*"]
  }
}
