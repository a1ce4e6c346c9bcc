output "api_gateway_url" {
  description = "Where the gateway answers; GET /health tells whether it does."
  value       = "${var.certificate_arn == null ? "http" : "https"}://${module.load_balancer.dns_name}"
}

output "gateway_target_group_arn" {
  description = "Target group of the gateway's tasks."
  value       = module.service["gateway"].target_group_arn
}

output "s3_bucket_name" {
  description = "Bucket that the front end is put into."
  value       = module.site.bucket_name
}

output "site_url" {
  description = "Where CloudFront serves the front end."
  value       = "https://${module.site.distribution_domain_name}"
}

output "site_distribution_id" {
  description = "Distribution to invalidate after a new front end."
  value       = module.site.distribution_id
}

output "database_endpoint" {
  description = "Host of the database, for the DATABASE_URL."
  value       = module.database.endpoint
}

output "database_secret_arn" {
  description = "Secret with the database's user and password, which RDS keeps."
  value       = module.database.secret_arn
}

output "repository_urls" {
  description = "Where each service's images are pushed."
  value       = { for name, repository in module.repository : name => repository.url }
}

output "ecs_cluster_name" {
  description = "Cluster of the fleet."
  value       = module.cluster.name
}

output "environment" {
  description = "Name of the environment."
  value       = var.environment
}
