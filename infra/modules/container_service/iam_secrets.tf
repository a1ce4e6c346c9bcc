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
