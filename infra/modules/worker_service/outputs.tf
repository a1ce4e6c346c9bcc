output "service_name" {
  description = "Name of the ECS service."
  value       = var.service_name
  depends_on  = [aws_ecs_service.this]
}

output "task_family" {
  description = "Family of the task definition."
  value       = var.family
  depends_on  = [aws_ecs_task_definition.this]
}

output "task_definition_arn" {
  description = "ARN of the task definition with its revision: what should be running after an apply."
  value       = aws_ecs_task_definition.this.arn
}

output "image_uri" {
  description = "Image that the tasks run, by digest."
  value       = local.container.image
}

# Known before the first apply, so that queue policies are; depends_on, because SQS refuses a role that does not exist.
output "task_role_arn" {
  description = "ARN of the task role."
  value       = local.task_role_arn
  depends_on  = [aws_iam_role.task]
}

output "log_group_name" {
  description = "Log group of the container's output."
  value       = var.log_group_name
  depends_on  = [aws_cloudwatch_log_group.service]
}

output "log_group_arn" {
  description = "ARN of that group, known before the first apply."
  value       = "${local.logs_arn_prefix}:${var.log_group_name}"
  depends_on  = [aws_cloudwatch_log_group.service]
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.egress_only.id
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value = [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.failing),
      values(aws_cloudwatch_metric_alarm.errors),
      values(aws_cloudwatch_metric_alarm.cpu),
      values(aws_cloudwatch_metric_alarm.memory),
      values(aws_cloudwatch_metric_alarm.log_lines_dropped),
      values(aws_cloudwatch_metric_alarm.deployment_rolled_back),
    ) : alarm.alarm_name
  ]
}

output "scaling" {
  description = "Bounds of the running count, and the backlog behind each task that scaling aims at."
  value = {
    min_tasks               = var.scaling.min_tasks
    max_tasks               = var.scaling.max_tasks
    target_backlog_per_task = local.target_backlog_per_task
  }
}
