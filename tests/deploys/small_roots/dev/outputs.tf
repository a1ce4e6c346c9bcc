output "image_digests" {
  value = var.image_digests
}

output "sqs_main_job_triggers_queue_url" {
  value = aws_sqs_queue.triggers.url
}

output "ledger_table_name" {
  value = aws_dynamodb_table.ledger.name
}
