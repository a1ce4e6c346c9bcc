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

output "task_role_name" {
  description = "Name of the task role, for policies of one's own."
  value       = module.service.task_role_name
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
  description = "Security group that the module made for the tasks; null where groups are given, and on instances."
  value       = one(values(aws_security_group.tasks)[*].id)
}

output "target_group_arn" {
  description = "Target group of the tasks; null without a load balancer."
  value       = one(values(aws_lb_target_group.tasks)[*].arn)
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value = concat(module.service.alarm_names, [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.server_errors),
      values(aws_cloudwatch_metric_alarm.unhealthy),
      values(aws_cloudwatch_metric_alarm.slow),
    ) : alarm.alarm_name
  ])
}

output "scaling" {
  description = "Bounds of the running count, both 0 while the service sleeps."
  value       = local.bounds
}
