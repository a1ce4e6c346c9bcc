# A load test by hand: a job sends triggers to one environment, and counts what became of each. It names queues, ledger
# and services by what they are called, so it reads no state, which may hold sensitive values.
locals {
  load = {
    for name in keys(var.environments) : name => {
      queue_arns   = [for queue in ["main-job-triggers", "main-job-triggers-dlq", "background-jobs", "background-jobs-dlq"] : "${local.regional.sqs}:${local.prefixes[name]}-${queue}"]
      service_arns = [for service in ["main-job", "background-job"] : "${local.regional.ecs}:service/${local.smoke[name].cluster_name}/${local.prefixes[name]}-${service}-service"]
    }
  }

  # How far a job is, and when it was where; not what it asked for, not where its result and its lines are.
  job_time_attributes = concat(local.job_state_attributes, ["lostAttempts", "queuedAtMs", "firstStartedAtMs", "durationMs"])
}

data "aws_iam_policy_document" "load" {
  for_each = local.load

  statement {
    sid       = "SendTriggers"
    actions   = ["sqs:SendMessage"]
    resources = [local.smoke[each.key].trigger_queue_arn]
  }

  statement {
    sid       = "CountMessages"
    actions   = ["sqs:GetQueueAttributes"]
    resources = each.value.queue_arns
  }

  # As a deployer reads one job, a hundred at a time (apply_smoke.tf).
  statement {
    sid       = "ReadTimesOfJobs"
    actions   = ["dynamodb:BatchGetItem"]
    resources = [local.smoke[each.key].ledger_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:Attributes"
      values   = local.job_time_attributes
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "dynamodb:Select"
      values   = ["SPECIFIC_ATTRIBUTES"]
    }
  }

  # SQS asks for Decrypt too: it verifies the data key before it encrypts the message.
  statement {
    sid       = "UseOwnKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["${local.regional.kms}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["dynamodb", "sqs"] : "${service}.${var.location.region}.${var.location.dns_suffix}"]
    }

    dynamic "condition" {
      for_each = local.own_tags[each.key]

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  statement {
    sid       = "CountTasks"
    actions   = ["ecs:DescribeServices"]
    resources = each.value.service_arns
  }

  # Settings and images of what runs. AWS takes no resource here; no environment holds a secret, only where it is.
  statement {
    sid       = "SeeTaskDefinitions"
    actions   = ["ecs:DescribeTaskDefinition"]
    resources = ["*"]
  }
}
