# The tasks' own group, where none is given. On instances there is none: tasks are reached by the instance's.
locals {
  own_group = { for name in ["own"] : name => var.family if !local.on_instances && var.security_group_ids == null }

  # What a task needs before it starts: its ways in and out, and a listener that knows its target group.
  ways = concat(
    values(aws_vpc_security_group_egress_rule.https)[*].id,
    values(aws_vpc_security_group_egress_rule.other)[*].id,
    values(aws_vpc_security_group_ingress_rule.load_balancer)[*].id,
    values(aws_lb_listener_rule.tasks)[*].arn,
  )
}

resource "aws_security_group" "tasks" {
  #checkov:skip=CKV2_AWS_5:The service that it is for is made by container_service, where checkov does not follow it.
  for_each = local.own_group

  name        = each.value
  description = "Tasks of ${var.service_name}: in by their port, out to AWS and to what is named."
  vpc_id      = var.network.vpc_id

  tags = { Name = each.value }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = var.load_balancer == null ? {} : local.own_group

  security_group_id            = aws_security_group.tasks["own"].id
  description                  = "Requests by the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  referenced_security_group_id = var.load_balancer.security_group_id
}

resource "aws_vpc_security_group_ingress_rule" "callers" {
  for_each = { for name, group in var.caller_security_group_ids : name => group if length(local.own_group) > 0 }

  security_group_id            = aws_security_group.tasks["own"].id
  description                  = "Requests by ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  referenced_security_group_id = each.value
}

# Names are resolved by the VPC's own resolver, which security groups do not filter.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = local.own_group

  security_group_id = aws_security_group.tasks["own"].id
  description       = "AWS endpoints"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "other" {
  for_each = { for name, way in var.egress : name => way if length(local.own_group) > 0 }

  security_group_id            = aws_security_group.tasks["own"].id
  description                  = "Calls to ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = each.value.security_group_id
}
