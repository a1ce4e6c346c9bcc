output "provider_arn" {
  description = "GitHub's OIDC provider, made or given."
  value       = local.provider_arn
}

output "role_arns" {
  description = "Role of each purpose: plan, publish, apply-shared, apply-<environment> and load-<environment>."
  value       = { for purpose, name in local.role_names : purpose => "${local.iam_prefix}:role/${name}" }
  depends_on  = [aws_iam_role_policy_attachment.this]
}

output "boundary_arns" {
  description = "Permissions boundary of each environment's roles."
  value       = local.boundary_arns
  depends_on  = [aws_iam_policy.boundary]
}
