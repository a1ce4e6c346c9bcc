# AWS's own services that publish to encrypted topics, each by its statement.
locals {
  publishing_services = merge(
    var.alarms_publish ? { AlarmsPublishToTopics = "cloudwatch.amazonaws.com" } : {},
    var.events_publish ? { EventsPublishToTopics = "events.amazonaws.com" } : {},
  )
}

locals {
  account_root_arn = "arn:${var.location.partition}:iam::${var.location.account_id}:root"
  log_group_arns = [
    for pattern in var.log_group_patterns :
    "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${pattern}"
  ]
}

data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:A key's own policy: without its first statement nobody could change it again.
  #checkov:skip=CKV_AWS_111:A key's own policy: each use but the account's own is bound by a condition.
  #checkov:skip=CKV_AWS_356:In a key's own policy * means this key alone.
  # Without this statement nobody could change the key again, and task roles could not be given it by IAM.
  statement {
    sid       = "AccountAdministersByIam"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = [local.account_root_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.log_group_patterns) > 0 ? [local.log_group_arns] : []

    content {
      sid       = "LogsEncryptTheirGroups"
      actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = ["logs.${var.location.region}.${var.location.dns_suffix}"]
      }

      condition {
        test     = "ArnLike"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.queue_sender_arns) > 0 ? [var.queue_sender_arns] : []

    content {
      # SQS asks for Decrypt too: it verifies the data key before it encrypts the message.
      sid       = "ProducersSendToQueues"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "AWS"
        identifiers = statement.value
      }

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["sqs.${var.location.region}.${var.location.dns_suffix}"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.publishing_services

    content {
      sid       = statement.key
      actions   = ["kms:GenerateDataKey*", "kms:Decrypt"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.location.account_id]
      }
    }
  }
}
