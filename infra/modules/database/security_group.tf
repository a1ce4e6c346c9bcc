# A database answers: nothing leaves, and only the groups that are named come in.
resource "aws_security_group" "this" {
  name        = "${var.name}-database"
  description = "Database ${var.name}: in from the services that are named, nothing out."
  vpc_id      = var.network.vpc_id

  tags = { Name = "${var.name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each = var.client_security_group_ids

  security_group_id            = aws_security_group.this.id
  description                  = "PostgreSQL from ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
  referenced_security_group_id = each.value
}
