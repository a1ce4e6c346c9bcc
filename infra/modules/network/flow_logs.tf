# Who talked to whom, by address: off where it is not worth its price.
locals {
  flow_logs           = var.flow_logs == null ? {} : { vpc = var.flow_logs }
  flow_log_group_name = "/vpc/${var.name}"
  flow_log_group_arn  = "arn:${var.location.partition}:logs:${var.location.region}:${var.location.account_id}:log-group:${local.flow_log_group_name}"
}

resource "aws_cloudwatch_log_group" "flow" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is each environment's choice; a year is paid for by few.
  for_each = local.flow_logs

  name              = local.flow_log_group_name
  retention_in_days = each.value.retention_days
  kms_key_id        = each.value.kms_key_arn
}

resource "aws_flow_log" "this" {
  for_each = local.flow_logs

  vpc_id          = aws_vpc.this.id
  traffic_type    = each.value.traffic
  log_destination = local.flow_log_group_arn
  iam_role_arn    = aws_iam_role.flow[each.key].arn
  tags            = { Name = var.name }

  depends_on = [aws_cloudwatch_log_group.flow, aws_iam_role_policy.flow]
}

resource "aws_iam_role" "flow" {
  for_each = local.flow_logs

  name               = "${var.name}-flow-logs"
  assume_role_policy = data.aws_iam_policy_document.flow_trust.json

  permissions_boundary = var.permissions_boundary_arn
}

resource "aws_iam_role_policy" "flow" {
  for_each = local.flow_logs

  name   = "write-flow-logs"
  role   = aws_iam_role.flow[each.key].name
  policy = data.aws_iam_policy_document.flow.json
}

data "aws_iam_policy_document" "flow_trust" {
  statement {
    sid     = "FlowLogsOfThisAccount"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["vpc-flow-logs.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }
  }
}

data "aws_iam_policy_document" "flow" {
  statement {
    sid       = "WriteFlowLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${local.flow_log_group_arn}:*"]
  }
}
