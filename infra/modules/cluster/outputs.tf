output "name" {
  description = "Name of the cluster, with its capacity providers attached."
  value       = var.name
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "arn" {
  description = "ARN of the cluster, known before the first apply."
  value       = local.cluster_arn
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "log_group_name" {
  description = "Log group of ECS events and Exec sessions."
  value       = var.log_group_name
  depends_on  = [aws_cloudwatch_log_group.events]
}

output "ec2_capacity_provider_name" {
  description = "Capacity provider of the cluster's instances, for `capacity.ec2` of a web_service; null without ec2_capacity."
  value       = var.ec2_capacity == null ? null : local.ec2_name
  depends_on  = [aws_ecs_cluster_capacity_providers.this]
}

output "ec2_security_group_id" {
  description = "Security group of the instances, for what admits them, such as a database; null without ec2_capacity."
  value       = one(values(aws_security_group.instances)[*].id)
}
