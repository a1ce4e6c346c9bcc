output "environment" {
  description = "Name of the environment."
  value       = module.stack.environment
}

output "aws_region" {
  description = "Region of the environment."
  value       = module.stack.aws_region
}

output "image_digests" {
  description = "What is deployed: digest of each service's image."
  value       = module.stack.image_digests
}

output "sqs_main_job_triggers_queue_url" {
  description = "Queue that takes triggers."
  value       = module.stack.sqs_main_job_triggers_queue_url
}

output "sqs_background_jobs_queue_url" {
  description = "Queue between the two services."
  value       = module.stack.sqs_background_jobs_queue_url
}

output "sqs_main_job_triggers_dlq_url" {
  description = "Triggers that could not become jobs."
  value       = module.stack.sqs_main_job_triggers_dlq_url
}

output "sqs_background_jobs_dlq_url" {
  description = "Jobs that were given up."
  value       = module.stack.sqs_background_jobs_dlq_url
}

output "sqs_main_job_triggers_dlq_arn" {
  description = "ARN of the queue of triggers that could not become jobs."
  value       = module.stack.sqs_main_job_triggers_dlq_arn
}

output "sqs_background_jobs_dlq_arn" {
  description = "ARN of the queue of jobs that were given up."
  value       = module.stack.sqs_background_jobs_dlq_arn
}

output "ecs_cluster_name" {
  description = "Cluster of both services."
  value       = module.stack.ecs_cluster_name
}

output "ecs_main_job_service_name" {
  description = "Service that turns triggers into jobs."
  value       = module.stack.ecs_main_job_service_name
}

output "ecs_background_job_service_name" {
  description = "Service that does the jobs."
  value       = module.stack.ecs_background_job_service_name
}

output "cloudwatch_log_group_ecs" {
  description = "ECS events and Exec sessions."
  value       = module.stack.cloudwatch_log_group_ecs
}

output "cloudwatch_log_group_main_job" {
  description = "Output of the main job."
  value       = module.stack.cloudwatch_log_group_main_job
}

output "cloudwatch_log_group_background_job" {
  description = "Output of the background job, and a stream for each job."
  value       = module.stack.cloudwatch_log_group_background_job
}

output "cloudwatch_log_group_custom_processing" {
  description = "Streams that jobs asked for by pattern."
  value       = module.stack.cloudwatch_log_group_custom_processing
}

output "ecr_main_job_repository_url" {
  description = "Where the main job's images are."
  value       = module.stack.ecr_main_job_repository_url
}

output "ecr_background_job_repository_url" {
  description = "Where the background job's images are."
  value       = module.stack.ecr_background_job_repository_url
}

output "main_job_image_uri" {
  description = "Image that the main job runs, by digest."
  value       = module.stack.main_job_image_uri
}

output "background_job_image_uri" {
  description = "Image that the background job runs, by digest."
  value       = module.stack.background_job_image_uri
}

output "sns_alerts_topic_arn" {
  description = "Topic that alarms publish to."
  value       = module.stack.sns_alerts_topic_arn
}

output "kms_key_arn" {
  description = "Key of the environment."
  value       = module.stack.kms_key_arn
}

output "ledger_table_name" {
  description = "Table that knows each job's state."
  value       = module.stack.ledger_table_name
}

output "results_bucket_name" {
  description = "Bucket of the jobs' results."
  value       = module.stack.results_bucket_name
}
