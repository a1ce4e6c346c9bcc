# Names, ARNs and URLs are known before the first apply; depends_on still orders what uses them.
output "name" {
  description = "Name of the queue."
  value       = var.name
  depends_on  = [aws_sqs_queue.this]
}

output "arn" {
  description = "ARN of the queue."
  value       = local.queue_arn
  depends_on  = [aws_sqs_queue.this]
}

output "url" {
  description = "URL of the queue."
  value       = "${local.url_prefix}/${var.name}"
  depends_on  = [aws_sqs_queue.this]
}

output "dead_letter_name" {
  description = "Name of the dead-letter queue."
  value       = local.dead_letter_name
  depends_on  = [aws_sqs_queue.dead_letter]
}

output "dead_letter_arn" {
  description = "ARN of the dead-letter queue."
  value       = local.dead_letter_arn
  depends_on  = [aws_sqs_queue.dead_letter]
}

output "dead_letter_url" {
  description = "URL of the dead-letter queue."
  value       = "${local.url_prefix}/${local.dead_letter_name}"
  depends_on  = [aws_sqs_queue.dead_letter]
}

output "visibility_timeout_seconds" {
  description = "How long a received message stays hidden; the workers' heartbeat must be shorter."
  value       = var.visibility_timeout_seconds
}

output "max_message_bytes" {
  description = "Largest message that the queue accepts."
  value       = var.max_message_bytes
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value = [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.depth),
      values(aws_cloudwatch_metric_alarm.oldest_message),
      values(aws_cloudwatch_metric_alarm.dead_letters),
    ) : alarm.alarm_name
  ]
}
