# After an apply: seeing that the services are steady and do a job. A deployer sends a synthetic trigger to its own
# environment and looks at the state of that job; it receives no message, and reads no result and no log line.
locals {
  smoke = {
    for name in keys(var.environments) : name => {
      trigger_queue_arn = "${local.regional.sqs}:${local.prefixes[name]}-main-job-triggers"
      ledger_arn        = "${local.regional.dynamodb}:table/${local.prefixes[name]}-ledger"
      cluster_name      = "${local.prefixes[name]}-cluster"
      cluster_arn       = "${local.regional.ecs}:cluster/${local.prefixes[name]}-cluster"
    }
  }

  # How far a job is, and why it failed; not what it asked for and not where its result is.
  job_state_attributes = ["jobId", "state", "attempts", "reason", "finishedAtMs"]
}

data "aws_iam_policy_document" "apply_smoke" {
  for_each = local.smoke

  statement {
    sid       = "SendSyntheticTrigger"
    actions   = ["sqs:SendMessage"]
    resources = [each.value.trigger_queue_arn]
  }

  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_dynamodb_attributes.html
  statement {
    sid       = "ReadStateOfJob"
    actions   = ["dynamodb:GetItem"]
    resources = [each.value.ledger_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = local.job_state_attributes
    }

    # Or a request that names no attributes would get all of them.
    condition {
      test     = "StringEqualsIfExists"
      variable = "dynamodb:Select"
      values   = ["SPECIFIC_ATTRIBUTES"]
    }
  }

  # Why a task stopped. AWS lists tasks by cluster, and takes no task for it.
  statement {
    sid       = "SeeOwnTasks"
    actions   = ["ecs:DescribeTasks", "ecs:ListTasks"]
    resources = ["*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [each.value.cluster_arn]
    }
  }
}
