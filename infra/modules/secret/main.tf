# The value goes in by a write-only argument, so it is in no plan and no state. Terraform cannot compare what it does
# not keep: a new value is written when `value_version` changes, and only then.
locals {
  in_secrets_manager = var.store == "secrets_manager" ? { this = var.name } : {}
  in_parameter_store = var.store == "parameter_store" ? { this = var.name } : {}

  # A parameter with slashes is named with one in front; its ARN has one either way.
  parameter_name = strcontains(var.name, "/") ? "/${var.name}" : var.name
  parameter_arn  = "arn:${var.location.partition}:ssm:${var.location.region}:${var.location.account_id}:parameter/${var.name}"
}

resource "aws_secretsmanager_secret" "this" {
  #checkov:skip=CKV2_AWS_57:Rotation needs a function that knows the other side; here whoever owns the secret writes a new value.
  for_each = local.in_secrets_manager

  name                    = each.value
  description             = var.description
  kms_key_id              = var.kms_key_arn
  recovery_window_in_days = var.recovery_window_days
}

resource "aws_secretsmanager_secret_version" "this" {
  for_each = local.in_secrets_manager

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = var.value
  secret_string_wo_version = var.value_version
}

resource "aws_ssm_parameter" "this" {
  for_each = local.in_parameter_store

  name             = local.parameter_name
  description      = var.description
  type             = "SecureString"
  key_id           = var.kms_key_arn
  value_wo         = var.value
  value_wo_version = var.value_version
}
