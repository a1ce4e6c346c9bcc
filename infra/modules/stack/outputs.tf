output "environment" {
  description = "Name of the environment."
  value       = var.environment
}

output "aws_region" {
  description = "Region of the environment."
  value       = local.location.region
}

output "image_digests" {
  description = "What is deployed: digest of each service's image."
  value       = var.image_digests
}

output "sqs_main_job_triggers_queue_url" {
  description = "Queue that takes triggers."
  value       = module.trigger_queue.url
}

output "sqs_background_jobs_queue_url" {
  description = "Queue between the two services."
  value       = module.background_queue.url
}

output "sqs_main_job_triggers_dlq_url" {
  description = "Triggers that could not become jobs."
  value       = module.trigger_queue.dead_letter_url
}

output "sqs_background_jobs_dlq_url" {
  description = "Jobs that were given up."
  value       = module.background_queue.dead_letter_url
}

output "sqs_main_job_triggers_queue_arn" {
  description = "ARN of the queue that takes triggers, for the policies of senders."
  value       = module.trigger_queue.arn
}

output "sqs_main_job_triggers_dlq_arn" {
  description = "ARN of the queue of triggers that could not become jobs."
  value       = module.trigger_queue.dead_letter_arn
}

output "sqs_background_jobs_dlq_arn" {
  description = "ARN of the queue of jobs that were given up."
  value       = module.background_queue.dead_letter_arn
}

output "ecs_cluster_name" {
  description = "Cluster of both services."
  value       = module.cluster.name
}

output "ecs_cluster_arn" {
  description = "ARN of that cluster, for services of your own in it."
  value       = module.cluster.arn
}

output "ecs_main_job_service_name" {
  description = "Service that turns triggers into jobs."
  value       = module.main_job.service_name
}

output "ecs_background_job_service_name" {
  description = "Service that does the jobs."
  value       = module.background_job.service_name
}

output "cloudwatch_log_group_ecs" {
  description = "ECS events and Exec sessions."
  value       = module.cluster.log_group_name
}

output "cloudwatch_log_group_main_job" {
  description = "Output of the main job."
  value       = module.main_job.log_group_name
}

output "cloudwatch_log_group_background_job" {
  description = "Output of the background job, and a stream for each job."
  value       = module.background_job.log_group_name
}

output "cloudwatch_log_group_custom_processing" {
  description = "Streams that jobs asked for by pattern."
  value       = aws_cloudwatch_log_group.custom_processing.name
}

output "ecr_main_job_repository_url" {
  description = "Where the main job's images are."
  value       = local.repository_urls.main_job
}

output "ecr_background_job_repository_url" {
  description = "Where the background job's images are."
  value       = local.repository_urls.background_job
}

output "main_job_image_uri" {
  description = "Image that the main job runs, by digest."
  value       = module.main_job.image_uri
}

output "background_job_image_uri" {
  description = "Image that the background job runs, by digest."
  value       = module.background_job.image_uri
}

output "sns_alerts_topic_arn" {
  description = "Topic that alarms publish to."
  value       = module.alerting.topic_arn
}

output "kms_key_arn" {
  description = "Key of the environment."
  value       = module.encryption.key_arn
}

output "ledger_table_name" {
  description = "Table that knows each job's state."
  value       = module.job_store.ledger_name
}

output "results_bucket_name" {
  description = "Bucket of the jobs' results."
  value       = module.job_store.results_bucket_name
}

output "ec2_capacity_provider_name" {
  description = "Capacity provider of the cluster's instances; null without ec2_capacity."
  value       = module.cluster.ec2_capacity_provider_name
}
