# SQS reports once a minute, and only for a queue that something happened to within six hours. What a missing value
# means differs by alarm, so each says it.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
locals {
  alarms       = { for alarms in [var.alarms] : "on" => alarms if alarms != null }
  depth_alarms = { for key, alarms in local.alarms : key => alarms.depth if alarms.depth != null }
}

resource "aws_cloudwatch_metric_alarm" "depth" {
  for_each = local.depth_alarms

  alarm_name = "${var.name}-depth"
  alarm_description = trimspace(<<-EOT
    More than ${each.value.messages} messages have waited in ${var.name} for ${each.value.minutes} minutes: work arrives faster than it is done.
    Look at: the dashboard, whether tasks run and succeed.
    Do: where work fails, mend that first; where it succeeds, raise the number of tasks or wait.
    Runbook: ${var.alarms.runbook}-depth
  EOT
  )

  namespace   = "AWS/SQS"
  metric_name = "ApproximateNumberOfMessagesVisible"
  dimensions  = { QueueName = var.name }
  statistic   = "Maximum"

  # Every minute of them: a burst that is drained in time wakes nobody.
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = each.value.minutes
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.messages

  # Workers poll a queue that has them, so silence means that nothing has happened for hours: nothing waits.
  treat_missing_data = "notBreaching"

  alarm_actions = [var.alarms.topic_arn]
  ok_actions    = [var.alarms.topic_arn]
}

# SQS leaves out messages that were received three times: what fails again and again is seen as errors and dead letters,
# not here. It does count a message while a handler works on it, so the threshold must exceed the longest job.
resource "aws_cloudwatch_metric_alarm" "oldest_message" {
  for_each = local.alarms

  alarm_name = "${var.name}-oldest-message"
  alarm_description = trimspace(<<-EOT
    For 10 minutes ${var.name} has held messages older than ${each.value.oldest_message_seconds} seconds: they wait too long, or jobs hang.
    Look at: the dashboard, whether tasks run and how deep the queue is.
    Do: no task running: see the service's events; tasks running: see their errors; otherwise raise the number of tasks.
    Runbook: ${each.value.runbook}-oldest-message
  EOT
  )

  namespace   = "AWS/SQS"
  metric_name = "ApproximateAgeOfOldestMessage"
  dimensions  = { QueueName = var.name }
  statistic   = "Maximum"

  # Ten minutes beyond the threshold: the first message to a queue that has slept is reported up to 15 minutes late, and
  # a service at zero then takes about 5 to wake and start. That is slow, but nobody's fault.
  period              = 60
  evaluation_periods  = 10
  datapoints_to_alarm = 10
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.oldest_message_seconds

  # There is a value only while a message is in the queue.
  treat_missing_data = "notBreaching"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}

# On the number that is there: NumberOfMessagesSent does not count what SQS itself moves.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  for_each = local.alarms

  alarm_name = "${var.name}-dead-letters"
  alarm_description = trimspace(<<-EOT
    ${local.dead_letter_name} holds messages that were given up. Nothing retries them, and they expire ${floor(var.dead_letter_retention_seconds / 86400)} days after they were first sent.
    Look at: deadLetterReason of each message; the saved query "failures by reason".
    Do: mend the cause, then send them back. Further arrivals send no further alert while this one is on.
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

  # A dead-letter queue that nobody touches falls silent after six hours with its letters in it: keep what was known.
  treat_missing_data = "ignore"

  alarm_actions = [each.value.topic_arn]
  ok_actions    = [each.value.topic_arn]
}
