output "service_name" {
  description = "Name of the ECS service."
  value       = var.service_name
  depends_on  = [aws_ecs_service.fargate, aws_ecs_service.instances]
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

output "container" {
  description = "The container as the task definition has it."
  value       = jsondecode(aws_ecs_task_definition.this.container_definitions)[0]
}

output "capacity" {
  description = "Capacity provider => its base and weight, as the service has them."
  value = {
    for share in one(concat(values(aws_ecs_service.fargate), values(aws_ecs_service.instances))).capacity_provider_strategy :
    share.capacity_provider => "${share.base} ${share.weight}"
  }
}

output "network_mode" {
  description = "Network mode of the task: awsvpc, or bridge on instances."
  value       = aws_ecs_task_definition.this.network_mode
}

# Known before the first apply, so that queue policies are; depends_on, because SQS refuses a role that does not exist.
output "task_role_arn" {
  description = "ARN of the task role."
  value       = local.task_role_arn
  depends_on  = [aws_iam_role.task]
}

output "task_role_name" {
  description = "Name of the task role, for policies of one's own."
  value       = aws_iam_role.task.name
}

output "execution_role_name" {
  description = "Name of the execution role."
  value       = aws_iam_role.execution.name
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

output "scalable_target" {
  description = "What scaling policies name (service_namespace, scalable_dimension, resource_id), and its bounds."
  value = {
    service_namespace  = aws_appautoscaling_target.this.service_namespace
    scalable_dimension = aws_appautoscaling_target.this.scalable_dimension
    resource_id        = aws_appautoscaling_target.this.resource_id
    min_capacity       = aws_appautoscaling_target.this.min_capacity
    max_capacity       = aws_appautoscaling_target.this.max_capacity
  }
}

output "alarm_names" {
  description = "Names of the alarms, known before the first apply."
  value = [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.cpu),
      values(aws_cloudwatch_metric_alarm.memory),
      values(aws_cloudwatch_metric_alarm.too_few_running),
      values(aws_cloudwatch_metric_alarm.deployment_rolled_back),
    ) : alarm.alarm_name
  ]
}
