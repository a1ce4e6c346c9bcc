output "name" {
  description = "Name of the dashboard."
  value       = var.name
  depends_on  = [aws_cloudwatch_dashboard.this]
}

output "query_names" {
  description = "Names of the saved queries."
  value       = [for query in aws_cloudwatch_query_definition.this : query.name]
}
