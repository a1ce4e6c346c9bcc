# Four groups, each admits the one before it: load balancer, gateway, the other services, database.
locals {
  others = { for name, service in local.services : name => service.port if name != "gateway" }
}

resource "aws_security_group" "gateway" {
  #checkov:skip=CKV2_AWS_5:It is attached to the services, by modules that checkov does not follow.
  name        = "${local.prefix}-gateway"
  description = "The gateway of ${local.prefix}: in from the load balancer, out to the services and AWS."
  vpc_id      = module.network.vpc_id

  tags = { Name = "${local.prefix}-gateway" }
}

resource "aws_security_group" "services" {
  #checkov:skip=CKV2_AWS_5:It is attached to the services, by modules that checkov does not follow.
  name        = "${local.prefix}-services"
  description = "Services of ${local.prefix}: in from load balancer, gateway and each other, out to the database and AWS."
  vpc_id      = module.network.vpc_id

  tags = { Name = "${local.prefix}-services" }
}

resource "aws_vpc_security_group_ingress_rule" "gateway" {
  security_group_id            = aws_security_group.gateway.id
  description                  = "Gateway, from the load balancer"
  ip_protocol                  = "tcp"
  from_port                    = local.services.gateway.port
  to_port                      = local.services.gateway.port
  referenced_security_group_id = module.load_balancer.security_group_id
}

# One rule for each service and each of its three callers.
resource "aws_vpc_security_group_ingress_rule" "services" {
  for_each = {
    for pair in setproduct(keys(local.others), ["load-balancer", "gateway", "services"]) :
    "${pair[0]} from ${pair[1]}" => { port = local.others[pair[0]], caller = pair[1] }
  }

  security_group_id            = aws_security_group.services.id
  description                  = each.key
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  referenced_security_group_id = local.callers[each.value.caller]
}

locals {
  callers = {
    load-balancer = module.load_balancer.security_group_id
    gateway       = aws_security_group.gateway.id
    services      = aws_security_group.services.id
  }
  task_groups = { gateway = aws_security_group.gateway.id, services = aws_security_group.services.id }
}

# To AWS, and to the APIs that the chatbot and others call.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = local.task_groups

  security_group_id = each.value
  description       = "AWS endpoints and APIs"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_vpc_security_group_egress_rule" "services" {
  for_each = local.task_groups

  security_group_id            = each.value
  description                  = "The services"
  ip_protocol                  = "tcp"
  from_port                    = min(values(local.others)...)
  to_port                      = max(values(local.others)...)
  referenced_security_group_id = aws_security_group.services.id
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.services.id
  description                  = "The database"
  ip_protocol                  = "tcp"
  from_port                    = module.database.port
  to_port                      = module.database.port
  referenced_security_group_id = module.database.security_group_id
}
