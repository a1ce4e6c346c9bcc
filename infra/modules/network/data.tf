# Subnets for what keeps data: no way out and none in, but from inside the VPC.
resource "aws_subnet" "data" {
  for_each = { for zone, number in local.zone_numbers : zone => number if var.data_subnets }

  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.location.region}${each.key}"
  cidr_block        = local.data_cidr_blocks[each.key]

  tags = { Name = "${var.name}-data-${each.key}" }
}

# A table of its own, without a route: a route that somebody adds to the VPC's main table leads nothing out of here.
resource "aws_route_table" "data" {
  for_each = var.data_subnets ? toset(["data"]) : toset([])

  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-data" }
}

resource "aws_route_table_association" "data" {
  for_each = aws_subnet.data

  subnet_id      = each.value.id
  route_table_id = aws_route_table.data["data"].id
}
