# A worker fetches its work: nothing ever connects to it.
resource "aws_security_group" "egress_only" {
  #checkov:skip=CKV2_AWS_5:The service that it is for is made by container_service, where checkov does not follow it.
  name        = var.family
  description = "Tasks of ${var.service_name}: out to AWS, nothing in."
  vpc_id      = var.network.vpc_id

  tags = { Name = var.family }
}

# Names are resolved by the VPC's own resolver, which security groups do not filter: HTTPS is all there is.
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.egress_only.id
  description       = "AWS endpoints"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
