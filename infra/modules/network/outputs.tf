output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "cidr_block" {
  description = "Range of the VPC."
  value       = aws_vpc.this.cidr_block
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of `zones`."
  value       = [for zone in var.zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of `zones`; empty without NAT."
  value       = [for zone in var.zones : aws_subnet.private[zone].id if local.has_private_subnets]
}

output "data_subnet_ids" {
  description = "Subnets for databases, in the order of `zones`; empty without `data_subnets`."
  value       = [for zone in var.zones : aws_subnet.data[zone].id if var.data_subnets]
}

# Where tasks belong: private subnets where there are any, with a way out in place.
output "task_subnet_ids" {
  description = "Subnets for tasks."
  value       = local.task_subnet_ids
  depends_on  = [aws_route.public_internet, aws_route.private_internet, aws_vpc_endpoint.interface]
}

output "assign_public_ip" {
  description = "Whether tasks in task_subnet_ids need a public address to reach AWS."
  value       = !local.has_private_subnets
}

output "private_services" {
  description = "AWS services that are reached by private addresses, beside S3 and DynamoDB."
  value       = keys(aws_vpc_endpoint.interface)
}
