output "environment" {
  value = var.environment
}

output "aws_region" {
  value = local.region
}

output "image_digests" {
  value = var.image_digests
}

output "sqs_main_job_triggers_queue_url" {
  value = aws_sqs_queue.work["main-job-triggers"].url
}

output "sqs_background_jobs_queue_url" {
  value = aws_sqs_queue.work["background-jobs"].url
}

output "sqs_main_job_triggers_dlq_url" {
  value = aws_sqs_queue.dead_letter["main-job-triggers"].url
}

output "sqs_background_jobs_dlq_url" {
  value = aws_sqs_queue.dead_letter["background-jobs"].url
}

output "sqs_main_job_triggers_dlq_arn" {
  value = aws_sqs_queue.dead_letter["main-job-triggers"].arn
}

output "sqs_background_jobs_dlq_arn" {
  value = aws_sqs_queue.dead_letter["background-jobs"].arn
}

output "ecs_cluster_name" {
  value = aws_ecs_cluster.this.name
}

output "ecs_main_job_service_name" {
  value = aws_ecs_service.this["main_job"].name
}

output "ecs_background_job_service_name" {
  value = aws_ecs_service.this["background_job"].name
}

output "cloudwatch_log_group_ecs" {
  value = ""
}

output "cloudwatch_log_group_main_job" {
  value = "/ecs/${local.prefix}/main-job"
}

output "cloudwatch_log_group_background_job" {
  value = "/ecs/${local.prefix}/background-job"
}

output "cloudwatch_log_group_custom_processing" {
  value = "/ecs/${local.prefix}/custom-processing"
}

output "ecr_main_job_repository_url" {
  value = "${local.account}.dkr.ecr.${local.region}.amazonaws.com/${var.project_name}-main-job"
}

output "ecr_background_job_repository_url" {
  value = "${local.account}.dkr.ecr.${local.region}.amazonaws.com/${var.project_name}-background-job"
}

output "main_job_image_uri" {
  value = jsondecode(aws_ecs_task_definition.this["main_job"].container_definitions)[0].image
}

output "background_job_image_uri" {
  value = jsondecode(aws_ecs_task_definition.this["background_job"].container_definitions)[0].image
}

output "sns_alerts_topic_arn" {
  value = ""
}

output "kms_key_arn" {
  value = ""
}

output "ledger_table_name" {
  value = aws_dynamodb_table.ledger.name
}

output "results_bucket_name" {
  value = aws_s3_bucket.results.bucket
}
