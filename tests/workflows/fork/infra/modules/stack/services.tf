resource "aws_ecs_cluster" "this" {
  name = "${local.prefix}-cluster"
}

resource "aws_cloudwatch_log_group" "service" {
  for_each = toset([for suffix in ["main-job", "background-job", "custom-processing"] : "/ecs/${local.prefix}/${suffix}"])

  name              = each.key
  retention_in_days = var.log_retention_days
}

# Those that every account begins with: the network is not what is tried here.
data "aws_subnets" "default" {
  filter {
    name   = "default-for-az"
    values = ["true"]
  }
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "task" {
  statement {
    actions = [
      "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage",
      "dynamodb:UpdateItem", "s3:PutObject", "logs:CreateLogStream", "logs:PutLogEvents", "ecs:UpdateTaskProtection",
    ]
    resources = [
      "arn:aws:sqs:${local.region}:${local.account}:${local.prefix}-*",
      "arn:aws:dynamodb:${local.region}:${local.account}:table/${local.prefix}-*",
      "arn:aws:s3:::${local.prefix}-*",
      "arn:aws:logs:${local.region}:${local.account}:log-group:/ecs/${local.prefix}/*",
      "arn:aws:ecs:${local.region}:${local.account}:task/${local.prefix}-*",
    ]
  }
}

resource "aws_iam_role" "this" {
  for_each = { for pair in setproduct(values(local.services), ["task", "execution"]) : join("-", pair) => pair }

  name                 = "${local.prefix}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = local.boundary
}

resource "aws_iam_role_policy" "this" {
  for_each = aws_iam_role.this

  name   = "work"
  role   = each.value.name
  policy = data.aws_iam_policy_document.task.json
}

locals {
  environment = merge([
    for name, queues in { main_job = ["main-job-triggers", "background-jobs"], background_job = ["background-jobs", ""] } : {
      (name) = {
        AWS_REGION            = local.region
        ENVIRONMENT           = var.environment
        SERVICE_NAME          = local.services[name]
        QUEUE_URL             = aws_sqs_queue.work[queues[0]].url
        DEAD_LETTER_QUEUE_URL = aws_sqs_queue.dead_letter[queues[0]].url
        NEXT_QUEUE_URL        = try(aws_sqs_queue.work[queues[1]].url, "")
        # Short, for a stop waits for the poll that is out.
        WAIT_TIME_SECONDS     = "2"
        DRAIN_TIMEOUT_SECONDS = "10"
        LEDGER_TABLE          = aws_dynamodb_table.ledger.name
        RESULTS_BUCKET        = aws_s3_bucket.results.bucket
        JOB_LOG_GROUP         = "/ecs/${local.prefix}/background-job"
        CUSTOM_LOG_GROUP      = "/ecs/${local.prefix}/custom-processing"
        FAULT_INJECTION       = var.fault_injection
      }
    }
  ]...)
}

resource "aws_ecs_task_definition" "this" {
  for_each = local.services

  family                   = "${local.prefix}-${each.value}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.container_cpu
  memory                   = var.container_memory
  task_role_arn            = aws_iam_role.this["${each.value}-task"].arn
  execution_role_arn       = aws_iam_role.this["${each.value}-execution"].arn
  skip_destroy             = true

  container_definitions = jsonencode([{
    name        = each.value
    image       = "${local.account}.dkr.ecr.${local.region}.amazonaws.com/${var.project_name}-${each.value}@${var.image_digests[each.key]}"
    essential   = true
    stopTimeout = 20
    environment = [for name, value in local.environment[each.key] : { name = name, value = value } if value != ""]
    mountPoints = []

    portMappings   = []
    systemControls = []
    volumesFrom    = []

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = "/ecs/${local.prefix}/${each.value}"
        awslogs-region        = local.region
        awslogs-stream-prefix = each.value
      }
    }
  }])

  depends_on = [aws_cloudwatch_log_group.service, aws_iam_role_policy.this]
}

resource "aws_ecs_service" "this" {
  for_each = local.services

  name            = "${local.prefix}-${each.value}-service"
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.this[each.key].arn
  launch_type     = "FARGATE"
  # One is enough to see it work, in prod too.
  desired_count = 1

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets = data.aws_subnets.default.ids
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}
