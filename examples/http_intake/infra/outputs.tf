output "api_url" {
  description = "Where the API answers."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${module.load_balancer.dns_name}"
}

output "bucket_name" {
  description = "Bucket that submissions end up in."
  value       = module.stack.results_bucket_name
}

output "token_parameter" {
  description = "SSM parameter of the token."
  value       = var.token_parameter
}

output "kms_key_arn" {
  description = "Key of the environment, which also encrypts the token."
  value       = module.stack.kms_key_arn
}

output "sqs_main_job_triggers_queue_url" {
  description = "Queue that the API sends to."
  value       = module.stack.sqs_main_job_triggers_queue_url
}

output "ecs_cluster_name" {
  description = "Cluster of the API and of the services behind it."
  value       = module.stack.ecs_cluster_name
}

output "ecs_api_service_name" {
  description = "Service of the API."
  value       = module.api.service_name
}

output "sns_alerts_topic_arn" {
  description = "Topic of alarms and scaling events."
  value       = module.stack.sns_alerts_topic_arn
}

output "repository_urls" {
  description = "Where images are pushed."
  value       = { for name, repository in module.repository : name => repository.url }
}

output "environment" {
  description = "Name of the environment."
  value       = var.environment
}
