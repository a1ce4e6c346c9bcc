output "arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "arn_suffix" {
  description = "Its part of the ARN, as metrics and request scaling name it: app/<name>/<id>."
  value       = aws_lb.this.arn_suffix
}

output "dns_name" {
  description = "Its address; point your own name there by an alias record."
  value       = aws_lb.this.dns_name
}

output "zone_id" {
  description = "Zone of dns_name, for alias records."
  value       = aws_lb.this.zone_id
}

output "listener_arn" {
  description = "The listener that serves, for rules of services: HTTPS where there is a certificate, HTTP otherwise."
  value       = var.tls == null ? aws_lb_listener.http.arn : aws_lb_listener.https["on"].arn
}

output "security_group_id" {
  description = "Its security group, which targets admit."
  value       = aws_security_group.this.id
}

output "url_scheme" {
  description = "https where there is a certificate, http otherwise."
  value       = var.tls == null ? "http" : "https"
}
