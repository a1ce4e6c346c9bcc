# An environment in small: a queue, a service that does its jobs, a ledger, an alarm.
provider "aws" {
  region = local.aws_region
}

locals {
  environment = {
    QUEUE_URL             = aws_sqs_queue.triggers.url
    LEDGER_TABLE          = aws_dynamodb_table.ledger.name
    BEHAVIOUR             = var.behaviour
    AWS_ACCESS_KEY_ID     = "test"
    AWS_SECRET_ACCESS_KEY = "test"
  }
}

resource "aws_sqs_queue" "triggers" {
  name = var.queue_name
}

resource "aws_dynamodb_table" "ledger" {
  name         = "small-ledger"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "jobId"

  attribute {
    name = "jobId"
    type = "S"
  }
}

resource "aws_cloudwatch_metric_alarm" "depth" {
  alarm_name          = "small-depth"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.triggers.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.threshold
}

resource "aws_ecs_cluster" "this" {
  name = "small"
}

resource "aws_cloudwatch_log_group" "worker" {
  name = "/ecs/small/worker"
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "small-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  skip_destroy             = true

  container_definitions = jsonencode([{
    name        = "worker"
    image       = "123456789012.dkr.ecr.us-east-1.amazonaws.com/small-worker@${var.image_digests.main_job}"
    essential   = true
    stopTimeout = 5
    environment = [for name in sort(keys(local.environment)) : { name = name, value = local.environment[name] }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.worker.name
        awslogs-region        = local.aws_region
        awslogs-stream-prefix = "worker"
      }
    }
  }])
}

resource "aws_ecs_service" "worker" {
  name            = "small-worker"
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.worker.arn
  launch_type     = "FARGATE"
  desired_count   = 1

  network_configuration {
    subnets = [var.subnet_id]
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}
