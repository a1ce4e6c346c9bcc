locals {
  has_private_subnets = var.nat != "none"

  # Zones that hold a NAT gateway, and for each zone the one its private subnet goes out by.
  nat_zones    = { none = [], single = slice(var.zones, 0, 1), per_az = var.zones }[var.nat]
  nat_of_zones = { for zone in var.zones : zone => var.nat == "per_az" ? zone : var.zones[0] if local.has_private_subnets }

  task_subnet_ids = [for zone in var.zones : local.has_private_subnets ? aws_subnet.private[zone].id : aws_subnet.public[zone].id]

  # Each zone keeps its place in the range: zone `a` has blocks 0, 16 and 24, `b` 1, 17 and 25, whatever else is in use.
  zone_numbers = { for zone in var.zones : zone => index(["a", "b", "c", "d", "e", "f"], zone) }

  # A 32nd of the VPC for each subnet, unless ranges are given.
  public_cidr_blocks  = coalesce(var.subnet_cidr_blocks.public, { for zone, number in local.zone_numbers : zone => cidrsubnet(var.cidr_block, 5, number) })
  private_cidr_blocks = coalesce(var.subnet_cidr_blocks.private, { for zone, number in local.zone_numbers : zone => cidrsubnet(var.cidr_block, 5, number + 16) })
  data_cidr_blocks    = coalesce(var.subnet_cidr_blocks.data, { for zone, number in local.zone_numbers : zone => cidrsubnet(var.cidr_block, 5, number + 24) })

  cidr_blocks = concat(
    values(local.public_cidr_blocks),
    local.has_private_subnets ? values(local.private_cidr_blocks) : [],
    var.data_subnets ? values(local.data_cidr_blocks) : [],
  )

  # Two ranges overlap where, cut to the shorter prefix, they begin alike.
  overlapping = distinct(flatten([
    for at, one in local.cidr_blocks : [
      for other in slice(local.cidr_blocks, 0, at) : "${other} and ${one}"
      if length(distinct([
        for block in [one, other] :
        cidrsubnet("${split("/", block)[0]}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0)
      ])) == 1
    ]
  ]))
}

resource "aws_vpc" "this" {
  cidr_block           = var.cidr_block
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = { Name = var.name }

  lifecycle {
    precondition {
      condition     = length(local.overlapping) == 0
      error_message = "Subnets must not share addresses: ${join(", ", local.overlapping)} do. Give other subnet_cidr_blocks."
    }
  }
}

# What a VPC comes with lets everything in it talk to everything; without rules it admits nothing.
resource "aws_default_security_group" "closed" {
  vpc_id  = aws_vpc.this.id
  ingress = []
  egress  = []

  tags = { Name = "${var.name}-default-closed" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.name }
}

resource "aws_subnet" "public" {
  for_each = local.zone_numbers

  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.location.region}${each.key}"
  cidr_block        = local.public_cidr_blocks[each.key]

  # A task asks for its public address itself; nothing else started here gets one by accident.
  map_public_ip_on_launch = false

  tags = { Name = "${var.name}-public-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${var.name}-public" }
}

resource "aws_route" "public_internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

# S3 and DynamoDB without the way through a NAT gateway: gateway endpoints cost nothing.
resource "aws_vpc_endpoint" "gateway" {
  for_each = toset(["s3", "dynamodb"])

  vpc_id            = aws_vpc.this.id
  vpc_endpoint_type = "Gateway"
  service_name      = "com.amazonaws.${var.location.region}.${each.key}"
  route_table_ids   = concat([aws_route_table.public.id], [for zone in sort(keys(local.nat_of_zones)) : aws_route_table.private[zone].id])

  tags = { Name = "${var.name}-${each.key}" }
}
