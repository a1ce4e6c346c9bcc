# ARNs are known before the first apply, for the policy of the queue that the messages go to.
output "role_arn" {
  description = "Role that sends; the queue's policy must admit it."
  value       = local.role_arn
  depends_on  = [aws_iam_role.this]
}

output "group_name" {
  description = "Name of the group of schedules."
  value       = aws_scheduler_schedule_group.this.name
}

output "dead_letter_name" {
  description = "Name of the queue of what could not be sent."
  value       = local.dead_letter_name
  depends_on  = [aws_sqs_queue.dead_letter]
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of what could not be sent."
  value       = local.dead_letter_arn
  depends_on  = [aws_sqs_queue.dead_letter]
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value       = [for alarm in aws_cloudwatch_metric_alarm.dead_letters : alarm.alarm_name]
}
