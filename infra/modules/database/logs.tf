# RDS would make the groups itself, unencrypted and for ever.
resource "aws_cloudwatch_log_group" "exported" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is each environment's choice; a year is paid for by few.
  for_each = var.log_retention_days == null ? toset([]) : toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
