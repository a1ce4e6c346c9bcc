resource "aws_security_group" "this" {
  name        = "${var.name}-load-balancer"
  description = "Load balancer ${var.name}: in from its clients, out to its targets."
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-load-balancer" }
}

locals {
  # Port 80 stays open beside 443: a client that types no https is told where to go.
  ports = var.tls == null ? { http = 80 } : { http = 80, https = 443 }
  doors = {
    for pair in setproduct(keys(local.ports), var.client_cidr_blocks) :
    "${pair[0]} from ${pair[1]}" => { port = local.ports[pair[0]], cidr_block = pair[1] }
  }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  #checkov:skip=CKV_AWS_260:A public load balancer is there to be reached; client_cidr_blocks narrows it.
  for_each = local.doors

  security_group_id = aws_security_group.this.id
  description       = "Clients: ${each.key}"
  ip_protocol       = "tcp"
  from_port         = each.value.port
  to_port           = each.value.port
  cidr_ipv4         = each.value.cidr_block
}

# To any port, as tasks on EC2 get theirs when they start; only inside the VPC, and targets admit by their own groups.
resource "aws_vpc_security_group_egress_rule" "targets" {
  security_group_id = aws_security_group.this.id
  description       = "Targets in the VPC"
  ip_protocol       = "tcp"
  from_port         = 1
  to_port           = 65535
  cidr_ipv4         = var.network.vpc_cidr_block
}
