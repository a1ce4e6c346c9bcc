# What ECS does with the tasks, in one place: starts, stops and their reasons, health, deployments, and the notices
# of AWS Health (a retired host, a trouble of the region). Exec sessions are logged here too.
resource "aws_cloudwatch_log_group" "events" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is each environment's choice; a year is paid for by few.
  name              = var.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

locals {
  event_patterns = merge(local.instance_patterns, {
    tasks = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Task State Change", "ECS Service Action"]
      detail      = { clusterArn = ["${local.ecs_arn_prefix}:cluster/${var.name}"] }
    }
    # Deployment events name no cluster, only the service's ARN, which holds the cluster's name.
    deployments = {
      source      = ["aws.ecs"]
      detail-type = ["ECS Deployment State Change"]
      resources   = [{ prefix = "${local.ecs_arn_prefix}:service/${var.name}/" }]
    }
    platform-health = {
      source      = ["aws.health"]
      detail-type = ["AWS Health Event"]
      detail      = { service = ["ECS", "FARGATE"] }
    }
  })

  # Where there are instances: each that comes, goes, or fails to.
  instance_patterns = { for key in keys(local.ec2) : "instances" => {
    source = ["aws.autoscaling"]
    detail-type = [
      "EC2 Instance Launch Successful", "EC2 Instance Launch Unsuccessful",
      "EC2 Instance Terminate Successful", "EC2 Instance Terminate Unsuccessful",
    ]
    detail = { AutoScalingGroupName = [local.ec2_name] }
  } }
}

resource "aws_cloudwatch_event_rule" "ecs" {
  for_each = local.event_patterns

  name          = "${var.name}-${each.key}"
  description   = "Sends ${each.key} events of ${var.name} to ${var.log_group_name}."
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "log_group" {
  for_each = local.event_patterns

  rule      = aws_cloudwatch_event_rule.ecs[each.key].name
  target_id = "log-group"
  arn       = local.log_group_arn

  # Events sent before the group may be written to would be lost without a trace.
  depends_on = [aws_cloudwatch_log_group.events, aws_cloudwatch_log_resource_policy.events]
}

resource "aws_cloudwatch_log_resource_policy" "events" {
  policy_name     = "${var.name}-events"
  policy_document = data.aws_iam_policy_document.events.json
}

data "aws_iam_policy_document" "events" {
  # No condition on the source: CloudWatch Logs ignores conditions for EventBridge, so the grant is one group only.
  statement {
    sid       = "EventBridgeWritesEvents"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
  }
}
