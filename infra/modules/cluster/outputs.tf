output "name" {
  description = "Name of the cluster, with its capacity providers attached."
  value       = var.name
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "arn" {
  description = "ARN of the cluster, known before the first apply."
  value       = "${local.ecs_arn_prefix}:cluster/${var.name}"
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "log_group_name" {
  description = "Log group of ECS events and Exec sessions."
  value       = var.log_group_name
  depends_on  = [aws_cloudwatch_log_group.events]
}
