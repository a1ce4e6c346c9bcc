output "ledger_name" {
  description = "Name of the ledger's table."
  value       = var.ledger_name
  depends_on  = [aws_dynamodb_table.ledger]
}

output "ledger_arn" {
  description = "ARN of the ledger's table, known before the first apply."
  value       = "arn:${var.location.partition}:dynamodb:${var.location.region}:${var.location.account_id}:table/${var.ledger_name}"
  depends_on  = [aws_dynamodb_table.ledger]
}

output "results_bucket_name" {
  description = "Name of the results bucket."
  value       = var.results_bucket_name
  depends_on  = [aws_s3_bucket.results, aws_s3_bucket_server_side_encryption_configuration.results]
}

output "results_bucket_arn" {
  description = "ARN of the results bucket, known before the first apply."
  value       = local.results_arn
  depends_on  = [aws_s3_bucket.results, aws_s3_bucket_server_side_encryption_configuration.results]
}
