# No queue sends its dead letters here: what the Scheduler could not deliver has never been in one.
resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  message_retention_seconds = 1209600 # 14 days, the longest that SQS keeps anything

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = 300

  redrive_allow_policy = jsonencode({ redrivePermission = "denyAll" })
}

resource "aws_sqs_queue_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.url
  policy    = data.aws_iam_policy_document.dead_letter.json

  # SQS refuses a policy that names a role which is not there.
  depends_on = [aws_iam_role.this]
}

data "aws_iam_policy_document" "dead_letter" {
  statement {
    sid       = "DenyPlainHttp"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [local.dead_letter_arn]

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
    sid       = "SchedulesDeadLetter"
    actions   = ["sqs:SendMessage"]
    resources = [local.dead_letter_arn]

    principals {
      type        = "AWS"
      identifiers = [local.role_arn]
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = { for alarms in [var.alarms] : "on" => alarms if alarms != null }

  alarm_name = "${local.dead_letter_name}-dead-letters"
  alarm_description = trimspace(<<-EOT
    ${local.dead_letter_name} holds messages that ${var.name} could not send: what they should have begun has not begun.
    Look at: ERROR_CODE and ERROR_MESSAGE of each message; the role's rights, the queue, its key.
    Do: mend the cause, then send what still matters to ${var.queue.arn} by hand. Further arrivals send no further alert while this one is on.
    Runbook: ${each.value.runbook}-dead-letters
  EOT
  )

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = local.dead_letter_name }
  statistic   = "Maximum"

  period              = 60
  evaluation_periods  = 1
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0

  # A queue that nobody touches falls silent after six hours with its letters in it: keep what was known.
  treat_missing_data = "ignore"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}
