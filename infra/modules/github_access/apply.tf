# What the role of one environment may change: names that begin with the environment's prefix. Reading is in read.tf,
# the network in apply_network.tf, roles in apply_roles.tf.
locals {
  prefixes = { for root in local.roots : root => "${var.project_name}-${root}" }

  # Where AWS draws the names, the tags tell: the provider sets these on everything.
  own_tags = { for root in local.roots : root => { Project = var.project_name, Environment = root } }

  log_groups = {
    for name, prefix in local.prefixes :
    name => [for folder in ["ecs", "vpc"] : [for rest in ["", ":*", "/*"] : "${local.regional.logs}:log-group:/${folder}/${prefix}${rest}"]]
  }
}

data "aws_iam_policy_document" "apply_services" {
  for_each = var.environments

  statement {
    sid       = "WriteOwnState"
    actions   = ["s3:PutObject"]
    resources = [for key in [local.state_keys[each.key], local.release_keys[each.key]] : "${local.state_arn}/${key}"]
  }

  statement {
    sid       = "LockOwnState"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${local.state_arn}/${local.state_keys[each.key]}.tflock"]
  }

  statement {
    sid = "ManageQueuesTablesTopicsRules"
    actions = [
      "sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue",
      "dynamodb:CreateTable", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups",
      "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive",
      "sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
      "sns:TagResource", "sns:Unsubscribe", "sns:UntagResource",
      "events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
    ]
    resources = [
      "${local.regional.sqs}:${local.prefixes[each.key]}-*",
      "${local.regional.dynamodb}:table/${local.prefixes[each.key]}-*",
      "${local.regional.sns}:${local.prefixes[each.key]}-*",
      "${local.regional.events}:rule/${local.prefixes[each.key]}-*",
    ]
  }

  statement {
    sid = "ManageResultBucket"
    actions = [
      "s3:CreateBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging",
      "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration",
    ]
    resources = ["arn:${var.location.partition}:s3:::${local.prefixes[each.key]}-*"]
  }

  statement {
    sid = "ManageServicesAndAlarms"
    actions = [
      "ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders",
      "ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
      "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutDashboard",
      "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
    ]
    resources = [
      "${local.regional.ecs}:cluster/${local.prefixes[each.key]}-*",
      "${local.regional.ecs}:service/${local.prefixes[each.key]}-*",
      "${local.regional.ecs}:task-definition/${local.prefixes[each.key]}-*",
      "${local.regional.cloudwatch}:alarm:${local.prefixes[each.key]}-*",
      "${local.dashboards}/${local.prefixes[each.key]}",
      "${local.dashboards}/${local.prefixes[each.key]}-*",
    ]
  }

  statement {
    sid = "ManageLogGroups"
    actions = [
      "logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DisassociateKmsKey",
      "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource",
    ]
    resources = flatten(local.log_groups[each.key])
  }

  statement {
    sid       = "CreateOwnKey"
    actions   = ["kms:CreateKey", "kms:TagResource"]
    resources = ["*"]

    dynamic "condition" {
      for_each = local.own_tags[each.key]

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # Or a tag would be enough to make another environment's key its own.
  statement {
    sid       = "DenyTakingOverKeys"
    effect    = "Deny"
    actions   = ["kms:TagResource", "kms:UntagResource"]
    resources = ["*"]

    condition {
      test     = "StringNotEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }

    condition {
      test     = "Null"
      variable = "aws:ResourceTag/Environment"
      values   = ["false"]
    }
  }

  # CreateGrant and the rest of the use is what DynamoDB asks of whoever makes a table with the key.
  statement {
    sid = "ManageOwnKey"
    actions = [
      "kms:CreateAlias", "kms:CreateGrant", "kms:Decrypt", "kms:DeleteAlias", "kms:EnableKeyRotation", "kms:Encrypt",
      "kms:GenerateDataKey", "kms:PutKeyPolicy", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
    ]
    resources = ["${local.regional.kms}:key/*"]

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
    sid       = "NameOwnKey"
    actions   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
    resources = ["${local.regional.kms}:alias/${local.prefixes[each.key]}"]
  }

  # Scalable targets have drawn ids: a job may scale other services of the account, and nothing else about them.
  statement {
    sid = "ManageScaling"
    actions = [
      "application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource", "application-autoscaling:UntagResource",
    ]
    resources = ["${local.regional["application-autoscaling"]}:scalable-target/*"]
  }

  # AWS takes no resource for these: they can reach resource policies and saved queries of others.
  statement {
    sid       = "ManageWithoutNames"
    actions   = ["logs:DeleteQueryDefinition", "logs:DeleteResourcePolicy", "logs:PutQueryDefinition", "logs:PutResourcePolicy"]
    resources = ["*"]
  }

  dynamic "statement" {
    for_each = each.value.may_delete_records ? [1] : []

    content {
      sid = "DeleteRecords"
      actions = [
        "sqs:DeleteQueue", "dynamodb:DeleteTable",
        "s3:DeleteBucket", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:ListBucketVersions",
      ]
      resources = [
        "${local.regional.sqs}:${local.prefixes[each.key]}-*",
        "${local.regional.dynamodb}:table/${local.prefixes[each.key]}-*",
        "arn:${var.location.partition}:s3:::${local.prefixes[each.key]}-*",
      ]
    }
  }

  dynamic "statement" {
    for_each = each.value.may_delete_records ? [1] : []

    content {
      sid       = "DeleteOwnKey"
      actions   = ["kms:ScheduleKeyDeletion"]
      resources = ["${local.regional.kms}:key/*"]

      dynamic "condition" {
        for_each = local.own_tags[each.key]

        content {
          test     = "StringEquals"
          variable = "aws:ResourceTag/${condition.key}"
          values   = [condition.value]
        }
      }
    }
  }
}
