# What a shell in the container needs, and nothing while nobody may have one.
resource "aws_iam_role_policy" "task_exec" {
  for_each = var.enable_execute_command ? toset(["on"]) : toset([])

  name   = "exec"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task_exec["on"].json
}

data "aws_iam_policy_document" "task_exec" {
  for_each = var.enable_execute_command ? toset(["on"]) : toset([])

  statement {
    # The session's channels have no ARN to name.
    sid = "OpenExecSession"
    actions = [
      "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }

  statement {
    sid       = "FindExecLogGroup"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["*"]
  }

  statement {
    sid       = "LogExecSession"
    actions   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = ["${local.logs_arn_prefix}:${var.exec_log_group_name}:*"]
  }

  statement {
    sid       = "EncryptExecSession"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]
  }
}
