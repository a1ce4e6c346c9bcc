# Stands for the product's stack where the flow is the point: what the services and the pipeline need, in seconds.
# Variables and versions are those of the product's own stack, and so are the roots that call it.
data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  prefix   = "${var.project_name}-${var.environment}"
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_region.current.name
  boundary = var.deployed_by_github == false ? null : "arn:aws:iam::${local.account}:policy/${local.prefix}-boundary"
  services = { main_job = "main-job", background_job = "background-job" }

  # What a pull request of the tests changes.
  dead_letters_allowed = 0
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = toset(["main-job-triggers", "background-jobs"])

  name                      = "${local.prefix}-${each.key}-dlq"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "work" {
  for_each = toset(["main-job-triggers", "background-jobs"])

  name                       = "${local.prefix}-${each.key}"
  visibility_timeout_seconds = 30
  message_retention_seconds  = 345600
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = "arn:aws:sqs:${local.region}:${local.account}:${local.prefix}-${each.key}-dlq"
    maxReceiveCount     = 100
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  alarm_name          = "${local.prefix}-dead-letters"
  alarm_description   = "A job was given up."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = "${local.prefix}-background-jobs-dlq" }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.dead_letters_allowed
  period              = 60
  evaluation_periods  = 1
}

resource "aws_dynamodb_table" "ledger" {
  name         = "${local.prefix}-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "jobId"

  attribute {
    name = "jobId"
    type = "S"
  }
}

resource "aws_s3_bucket" "results" {
  bucket        = "${local.prefix}-results-${local.account}"
  force_destroy = true
}
