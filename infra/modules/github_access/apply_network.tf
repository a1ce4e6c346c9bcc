# EC2 draws all names, so tags decide: what is made must carry the environment's tags, and what is changed must have
# them already. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
locals {
  # What an action makes, by its type. Each may make that type only with own tags; for what it makes it in (the VPC of a
  # subnet), the tags that it has decide, further down.
  made_by = {
    AllocateAddress               = "elastic-ip"
    AuthorizeSecurityGroupEgress  = "security-group-rule"
    AuthorizeSecurityGroupIngress = "security-group-rule"
    CreateFlowLogs                = "vpc-flow-log"
    CreateInternetGateway         = "internet-gateway"
    CreateNatGateway              = "natgateway"
    CreateRouteTable              = "route-table"
    CreateSecurityGroup           = "security-group"
    CreateSubnet                  = "subnet"
    CreateVpc                     = "vpc"
    CreateVpcEndpoint             = "vpc-endpoint"
  }
}

data "aws_iam_policy_document" "apply_network" {
  #checkov:skip=CKV_AWS_111:EC2 draws the names; every statement is bound by the tags of what it makes or changes.
  #checkov:skip=CKV_AWS_356:The same.
  for_each = var.environments

  dynamic "statement" {
    for_each = local.made_by

    content {
      sid       = statement.key
      actions   = ["ec2:${statement.key}"]
      resources = ["${local.regional.ec2}:${statement.value}/*"]

      dynamic "condition" {
        for_each = local.own_tags[each.key]

        content {
          test     = "StringEquals"
          variable = "aws:RequestTag/${condition.key}"
          values   = [condition.value]
        }
      }
    }
  }

  statement {
    sid       = "TagWhatIsBeingCreated"
    actions   = ["ec2:CreateTags"]
    resources = ["*"]

    condition {
      test     = "StringLike"
      variable = "ec2:CreateAction"
      values   = ["AllocateAddress", "AuthorizeSecurityGroup*", "Create*"]
    }
  }

  statement {
    sid = "ChangeWhatHasOwnTags"
    actions = [
      "ec2:AllocateAddress", "ec2:AssociateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway",
      "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateNatGateway",
      "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateVpcEndpoint",
      "ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
      "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
      "ec2:DetachInternetGateway", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules",
      "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
      "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
    ]
    resources = ["*"]

    dynamic "condition" {
      for_each = local.own_tags[each.key]

      content {
        test     = "StringEquals"
        variable = "aws:ResourceTag/${condition.key}"
        values   = [condition.value]
      }
    }
  }

  # Security groups and tables come with a VPC and without its tags: they are tagged as own, if nobody else's.
  statement {
    sid       = "TagWhatIsNobodyElses"
    actions   = ["ec2:CreateTags"]
    resources = ["*"]

    dynamic "condition" {
      for_each = local.own_tags[each.key]

      content {
        test     = "StringEquals"
        variable = "aws:RequestTag/${condition.key}"
        values   = [condition.value]
      }
    }

    condition {
      test     = "StringEqualsIfExists"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }
}
