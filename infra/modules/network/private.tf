# Private subnets, one a zone, where there is a NAT gateway to go out by.
resource "aws_subnet" "private" {
  for_each = { for zone, number in local.zone_numbers : zone => number if local.has_private_subnets }

  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.location.region}${each.key}"
  cidr_block        = local.private_cidr_blocks[each.key]

  tags = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_eip" "nat" {
  #checkov:skip=CKV2_AWS_19:Each is attached to the NAT gateway of its zone; checkov follows for_each for the first one only.
  for_each = toset(local.nat_zones)

  domain = "vpc"
  tags   = { Name = "${var.name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = { Name = "${var.name}-${each.key}" }

  depends_on = [aws_route.public_internet]
}

resource "aws_route_table" "private" {
  for_each = local.nat_of_zones

  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-private-${each.key}" }
}

resource "aws_route" "private_internet" {
  for_each = local.nat_of_zones

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[each.value].id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}
