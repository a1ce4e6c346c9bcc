output "service_name" {
  description = "Name of the ECS service."
  value       = module.service.service_name
}

output "task_family" {
  description = "Family of the task definition."
  value       = module.service.task_family
}

output "task_definition_arn" {
  description = "ARN of the task definition with its revision: what should be running after an apply."
  value       = module.service.task_definition_arn
}

output "image_uri" {
  description = "Image that the tasks run, by digest."
  value       = module.service.image_uri
}

output "task_role_arn" {
  description = "ARN of the task role."
  value       = module.service.task_role_arn
}

output "log_group_name" {
  description = "Log group of the container's output."
  value       = module.service.log_group_name
}

output "log_group_arn" {
  description = "ARN of that group, known before the first apply."
  value       = module.service.log_group_arn
}

output "security_group_id" {
  description = "Security group of the tasks."
  value       = aws_security_group.egress_only.id
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value = concat(module.service.alarm_names, [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.failing),
      values(aws_cloudwatch_metric_alarm.errors),
      values(aws_cloudwatch_metric_alarm.log_lines_dropped),
    ) : alarm.alarm_name
  ])
}

output "scaling" {
  description = "Bounds of the running count, and the backlog behind each task that scaling aims at."
  value = {
    min_tasks               = var.scaling.min_tasks
    max_tasks               = var.scaling.max_tasks
    target_backlog_per_task = local.target_backlog_per_task
  }
}
