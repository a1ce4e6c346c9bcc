output "name" {
  description = "Name of the repository."
  value       = var.name
  depends_on  = [aws_ecr_repository.this]
}

output "arn" {
  description = "ARN of the repository, known before the first apply."
  value       = "arn:${var.location.partition}:ecr:${var.location.region}:${var.location.account_id}:repository/${var.name}"
  depends_on  = [aws_ecr_repository.this]
}

output "url" {
  description = "What images are pushed to and pulled from, known before the first apply."
  value       = "${var.location.account_id}.dkr.ecr.${var.location.region}.${var.location.dns_suffix}/${var.name}"
  depends_on  = [aws_ecr_repository.this]
}
