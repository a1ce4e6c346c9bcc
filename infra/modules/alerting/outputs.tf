output "scaling_rule_names" {
  description = "Rules that tell the topic of scaling; none unless asked for."
  value       = [for rule in aws_cloudwatch_event_rule.scaling : rule.name]
}

output "topic_arn" {
  description = "ARN of the topic, known before the first apply."
  value       = local.topic_arn
  depends_on  = [aws_sns_topic.alerts]
}
