# AWS by private addresses, beside the way through NAT or the internet: off where it is not worth its price by the hour.
resource "aws_security_group" "endpoints" {
  for_each = length(var.interface_endpoints) > 0 ? toset(["interface"]) : toset([])

  name        = "${var.name}-endpoints"
  description = "Interface endpoints of ${var.name}: HTTPS from inside the VPC, nothing else."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  for_each = aws_security_group.endpoints

  security_group_id = each.value.id
  description       = "HTTPS from inside the VPC"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = aws_vpc.this.cidr_block
}

resource "aws_vpc_endpoint" "interface" {
  for_each = toset(var.interface_endpoints)

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Interface"
  service_name      = "com.amazonaws.${var.location.region}.${each.key}"
  subnet_ids        = local.task_subnet_ids

  security_group_ids = [for group in aws_security_group.endpoints : group.id]

  # AWS's usual names then lead to the endpoint: nothing has to be told of it.
  private_dns_enabled = true

  tags = { Name = "${var.name}-${each.key}" }

  # Without the rule the names would lead tasks to where nobody lets them in.
  depends_on = [aws_vpc_security_group_ingress_rule.endpoints]
}
