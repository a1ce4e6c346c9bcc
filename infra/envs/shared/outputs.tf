output "aws_region" {
  description = "Region of the images and the state."
  value       = local.aws_region
}

output "ecr_main_job_repository_url" {
  description = "Where the main job's images are."
  value       = module.image_repository["main-job"].url
}

output "ecr_background_job_repository_url" {
  description = "Where the background job's images are."
  value       = module.image_repository["background-job"].url
}

output "state_bucket_name" {
  description = "Bucket that holds the state of every root."
  value       = module.state_bucket.name
}

output "kms_key_arn" {
  description = "Key of the images."
  value       = module.encryption.key_arn
}

output "github_role_arns" {
  description = "Roles of GitHub's jobs: plan, publish, apply-shared and apply-<environment>; empty without `github`."
  value       = try(module.github_access["this"].role_arns, {})
}
