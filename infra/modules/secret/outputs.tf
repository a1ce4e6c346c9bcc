output "arn" {
  description = "ARN for `secrets` of a worker_service. Secrets Manager draws its last six characters; a parameter's is known before the first apply."
  value       = var.store == "secrets_manager" ? aws_secretsmanager_secret_version.this["this"].arn : local.parameter_arn
  depends_on  = [aws_ssm_parameter.this]
}
