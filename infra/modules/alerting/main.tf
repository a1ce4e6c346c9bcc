locals {
  topic_arn = "arn:${var.location.partition}:sns:${var.location.region}:${var.location.account_id}:${var.name}"
}

resource "aws_sns_topic" "alerts" {
  name              = var.name
  kms_master_key_id = var.kms_key_arn
  policy            = data.aws_iam_policy_document.topic.json
}

# SNS mails the address a link first; until somebody follows it, nothing is delivered.
resource "aws_sns_topic_subscription" "email" {
  for_each = var.email == null ? toset([]) : toset([var.email])

  topic_arn = aws_sns_topic.alerts.arn
  protocol  = "email"
  endpoint  = each.value
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "AlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [local.topic_arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }
  }

  dynamic "statement" {
    for_each = length(local.scaling_patterns) > 0 ? [keys(local.scaling_patterns)] : []

    content {
      sid       = "ScalingRulesPublish"
      actions   = ["sns:Publish"]
      resources = [local.topic_arn]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [for name in statement.value : "${local.rule_arn_prefix}/${var.name}-${name}"]
      }
    }
  }
}
