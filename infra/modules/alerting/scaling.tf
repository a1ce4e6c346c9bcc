# What AWS tells of scaling by itself: that a service is at its maximum, that ECS changed how many tasks it wants, and
# that an instance came, went, or failed to.
# https://docs.aws.amazon.com/autoscaling/application/userguide/monitoring-eventbridge.html
locals {
  rule_arn_prefix = "arn:${var.location.partition}:events:${var.location.region}:${var.location.account_id}:rule"
  ecs_arn_prefix  = "arn:${var.location.partition}:ecs:${var.location.region}:${var.location.account_id}"

  scaling_patterns = var.scaling_of_cluster == null ? {} : {
    at-maximum = jsonencode({
      source      = ["aws.application-autoscaling"]
      detail-type = ["Application Auto Scaling Scaling Activity State Change"]
      detail = {
        serviceNamespace = ["ecs"]
        resourceId       = [{ prefix = "service/${var.scaling_of_cluster}/" }]
      }
    })
    desired-count = jsonencode({
      source      = ["aws.ecs"]
      detail-type = ["ECS Service Action"]
      detail = {
        clusterArn = ["${local.ecs_arn_prefix}:cluster/${var.scaling_of_cluster}"]
        eventName  = ["SERVICE_DESIRED_COUNT_UPDATED"]
      }
    })
    # A cluster calls the group of its instances so; without such a group there are no such events.
    instances = jsonencode({
      source = ["aws.autoscaling"]
      detail-type = [
        "EC2 Instance Launch Successful", "EC2 Instance Launch Unsuccessful",
        "EC2 Instance Terminate Successful", "EC2 Instance Terminate Unsuccessful",
      ]
      detail = { AutoScalingGroupName = ["${var.scaling_of_cluster}-instances"] }
    })
  }
}

resource "aws_cloudwatch_event_rule" "scaling" {
  for_each = local.scaling_patterns

  name          = "${var.name}-${each.key}"
  description   = "Tells ${var.name} of scaling in ${var.scaling_of_cluster}."
  event_pattern = each.value
}

resource "aws_cloudwatch_event_target" "scaling" {
  for_each = local.scaling_patterns

  rule      = aws_cloudwatch_event_rule.scaling[each.key].name
  target_id = "alerts"
  arn       = local.topic_arn

  depends_on = [aws_sns_topic.alerts]
}
