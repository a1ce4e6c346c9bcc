output "endpoint" {
  description = "Host name to connect to, without the port."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port to connect to."
  value       = var.port
}

output "database_name" {
  description = "Database that was made with the instance."
  value       = var.database_name
}

output "secret_arn" {
  description = "Secret of the master user, which RDS keeps: JSON with username and password, so a container's secret is <secret_arn>:password::."
  value       = one(aws_db_instance.this.master_user_secret).secret_arn
}

output "security_group_id" {
  description = "Its security group."
  value       = aws_security_group.this.id
}

output "identifier" {
  description = "Name of the instance, as metrics name it."
  value       = aws_db_instance.this.identifier
}
