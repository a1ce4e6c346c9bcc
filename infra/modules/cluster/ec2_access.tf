# What instances may do and who reaches them. A task has roles of its own; nothing here is for what runs in containers.
resource "aws_iam_role" "instances" {
  for_each = local.ec2

  name               = local.ec2_name
  description        = "What the instances of ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.instances_trust[each.key].json

  permissions_boundary = each.value.permissions_boundary_arn
}

data "aws_iam_policy_document" "instances_trust" {
  for_each = local.ec2

  statement {
    sid     = "Instances"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ec2.${var.location.dns_suffix}"]
    }
  }
}

resource "aws_iam_instance_profile" "instances" {
  for_each = local.ec2

  name = local.ec2_name
  role = aws_iam_role.instances[each.key].name
}

resource "aws_iam_role_policy" "instances" {
  for_each = local.ec2

  name   = "serve-cluster"
  role   = aws_iam_role.instances[each.key].name
  policy = data.aws_iam_policy_document.instances[each.key].json
}

# What the agent calls, for this cluster alone, in place of AWS's managed policy, which names every cluster and registry.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html
data "aws_iam_policy_document" "instances" {
  for_each = local.ec2

  statement {
    # The agent asks where to poll, before it belongs to a cluster.
    sid       = "FindEndpoint"
    actions   = ["ecs:DiscoverPollEndpoint"]
    resources = ["*"]
  }

  statement {
    sid       = "JoinAndLeaveCluster"
    actions   = ["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance", "ecs:SubmitAttachmentStateChanges", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange"]
    resources = [local.cluster_arn]
  }

  statement {
    sid       = "ServeAsInstance"
    actions   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
    resources = ["${local.ecs_arn_prefix}:container-instance/${var.name}/*"]
  }
}

resource "aws_security_group" "instances" {
  for_each = local.ec2

  name        = local.ec2_name
  description = "Instances of ${var.name}: in by the ports of tasks, out to AWS and to what is named."
  vpc_id      = each.value.vpc_id

  tags = { Name = local.ec2_name }
}

# A task's port is drawn when it starts, so the load balancer is admitted to all that may be drawn.
resource "aws_vpc_security_group_ingress_rule" "instances_callers" {
  for_each = var.ec2_capacity == null ? {} : var.ec2_capacity.caller_security_group_ids

  security_group_id            = aws_security_group.instances["on"].id
  description                  = "Requests by ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = local.task_ports.from
  to_port                      = local.task_ports.to
  referenced_security_group_id = each.value
}

resource "aws_vpc_security_group_egress_rule" "instances_https" {
  for_each = local.ec2

  security_group_id = aws_security_group.instances[each.key].id
  description       = "AWS endpoints"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "instances_other" {
  for_each = var.ec2_capacity == null ? {} : var.ec2_capacity.egress

  security_group_id            = aws_security_group.instances["on"].id
  description                  = "Calls to ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = each.value.security_group_id
}
