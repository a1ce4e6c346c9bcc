# Names as tools for other stacks expect them in cfn-outputs/flat-outputs.json; every output is text.
output "albDnsName" {
  description = "Where the load balancer answers."
  value       = module.load_balancer.dns_name
}

output "apiEcrUrl" {
  description = "Where images of the api are pushed."
  value       = module.repository["api"].url
}

output "workerEcrUrl" {
  description = "Where images of the worker are pushed."
  value       = module.repository["worker"].url
}

output "schedulerEcrUrl" {
  description = "Where images of the scheduler are pushed."
  value       = module.repository["scheduler"].url
}

output "clusterName" {
  description = "Cluster of the three services."
  value       = module.cluster.name
}

output "triggerQueueUrl" {
  description = "Queue that the schedule sends to."
  value       = module.triggers.url
}

output "region" {
  description = "Region of everything."
  value       = var.aws_region
}

output "environment" {
  description = "Last part of every name."
  value       = var.environment_suffix
}
