output "topic_arn" {
  description = "ARN of the topic, known before the first apply."
  value       = local.topic_arn
  depends_on  = [aws_sns_topic.alerts]
}
