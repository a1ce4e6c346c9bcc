# Each schedule sends its message to one queue. What cannot be sent, for hours, is kept in a queue of its own.
locals {
  scheduler_arn_prefix = "arn:${var.location.partition}:scheduler:${var.location.region}:${var.location.account_id}"
  sqs_arn_prefix       = "arn:${var.location.partition}:sqs:${var.location.region}:${var.location.account_id}"

  dead_letter_name = "${var.name}-schedule-dlq"
  dead_letter_arn  = "${local.sqs_arn_prefix}:${local.dead_letter_name}"
  role_name        = "${var.name}-schedule"
  role_arn         = "arn:${var.location.partition}:iam::${var.location.account_id}:role/${local.role_name}"
}

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

resource "aws_scheduler_schedule" "this" {
  for_each = var.schedules

  name        = each.key
  group_name  = aws_scheduler_schedule_group.this.name
  description = each.value.description
  state       = each.value.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn = var.kms_key_arn

  schedule_expression          = each.value.expression
  schedule_expression_timezone = each.value.timezone

  flexible_time_window {
    mode                      = each.value.flexible_minutes == 0 ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = each.value.flexible_minutes == 0 ? null : each.value.flexible_minutes
  }

  target {
    arn      = var.queue.arn
    role_arn = aws_iam_role.this.arn

    # jsonencode writes < and > in another way, in which the Scheduler does not see its words <aws.scheduler....>.
    input = replace(replace(each.value.message, "\\u003c", "<"), "\\u003e", ">")

    retry_policy {
      maximum_event_age_in_seconds = each.value.give_up_after_seconds
      maximum_retry_attempts       = 185
    }

    dead_letter_config {
      arn = local.dead_letter_arn
    }
  }

  # Made by name above, so that a first plan knows it. The rights have to be there when the first minute comes.
  depends_on = [aws_sqs_queue.dead_letter, aws_iam_role_policy.send, aws_iam_role_policy.encryption]
}
