# What `terraform plan` reads: the states, and the settings (never the content) of what the roots manage. Action by
# action, because AWS's ReadOnlyAccess reads messages, objects, log lines and secrets too.
locals {
  state_arn  = "arn:${var.location.partition}:s3:::${var.state_bucket_name}"
  state_keys = { for root in local.roots : root => "${root}/terraform.tfstate" }
  # Beside the state: which commit is deployed, or is being deployed.
  release_keys = { for root in local.roots : root => "${root}/release.json" }

  # `<service>:<region>:<account>`, for ARNs of names that begin with the project's.
  regional = { for service in ["application-autoscaling", "cloudwatch", "dynamodb", "ec2", "ecr", "ecs", "events", "kms", "logs", "secretsmanager", "sns", "sqs", "ssm"] : service => "arn:${var.location.partition}:${service}:${var.location.region}:${var.location.account_id}" }
  # Dashboards and alarms of all regions share one name space each: dashboards have no region in their ARN.
  dashboards = "arn:${var.location.partition}:cloudwatch::${var.location.account_id}:dashboard"
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadStates"
    actions   = ["s3:GetObject"]
    resources = [for key in concat(values(local.state_keys), values(local.release_keys)) : "${local.state_arn}/${key}"]
  }

  statement {
    sid       = "FindStates"
    actions   = ["s3:ListBucket"]
    resources = [local.state_arn]

    # Terraform lists workspaces (env:/) when it starts.
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = concat(["env:/"], sort(concat(values(local.state_keys), values(local.release_keys))))
    }
  }

  statement {
    sid = "ReadBucketSettings"
    actions = [
      "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging",
      "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
      "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
      "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
    ]
    resources = [local.state_arn, "arn:${var.location.partition}:s3:::${var.project_name}-*"]
  }

  # To see whether a bucket is there; lists names of objects too, which are job ids.
  statement {
    sid       = "FindResultBuckets"
    actions   = ["s3:ListBucket"]
    resources = [for name in sort(keys(var.environments)) : "arn:${var.location.partition}:s3:::${var.project_name}-${name}-results-${var.location.account_id}"]
  }

  statement {
    sid = "ReadQueuesTablesTopicsRules"
    actions = [
      "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
      "dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource",
      "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource",
      "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule",
    ]
    resources = [
      "${local.regional.sqs}:${var.project_name}-*",
      "${local.regional.dynamodb}:table/${var.project_name}-*",
      "${local.regional.sns}:${var.project_name}-*",
      "${local.regional.events}:rule/${var.project_name}-*",
    ]
  }

  statement {
    sid = "ReadServicesAndAlarms"
    actions = [
      "ecs:DescribeClusters", "ecs:DescribeServiceDeployments", "ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:ListTagsForResource",
      "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
    ]
    resources = [
      "${local.regional.ecs}:cluster/${var.project_name}-*",
      "${local.regional.ecs}:service/${var.project_name}-*",
      "${local.regional.ecs}:service-deployment/${var.project_name}-*",
      "${local.regional.ecs}:task-definition/${var.project_name}-*",
      "${local.regional.cloudwatch}:alarm:${var.project_name}-*",
      "${local.dashboards}/${var.project_name}-*",
    ]
  }

  # What images are made of (BatchGetImage), to see who attests them; no layer, so none can be pulled.
  statement {
    sid       = "ReadImages"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"]
    resources = var.image_repository_arns
  }

  statement {
    sid = "ReadRolesAndPolicies"
    actions = [
      "iam:GetOpenIDConnectProvider", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListPolicyVersions", "iam:ListRolePolicies",
    ]
    resources = [
      "${local.iam_prefix}:role/${var.project_name}-*",
      "${local.iam_prefix}:policy/${var.project_name}-*",
      local.provider_arn,
    ]
  }

  # AWS takes no resource here, or one with an id that it draws.
  statement {
    sid = "DescribeWithoutNames"
    actions = [
      "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
      "application-autoscaling:DescribeScheduledActions", "application-autoscaling:ListTagsForResource",
      "cloudwatch:DescribeAlarms",
      "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones", "ec2:DescribeFlowLogs",
      "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces",
      "ec2:DescribePrefixLists", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
      "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
      "ecr:GetAuthorizationToken",
      "ecs:DescribeTaskDefinition",
      "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
      "logs:DescribeLogGroups", "logs:DescribeMetricFilters", "logs:DescribeQueryDefinitions", "logs:DescribeResourcePolicies", "logs:ListTagsForResource",
    ]
    resources = ["*"]
  }
}
