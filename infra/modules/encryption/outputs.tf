output "key_arn" {
  description = "ARN of the key; unknown until the first apply, as KMS draws the id."
  value       = aws_kms_key.this.arn
}

output "alias_name" {
  description = "Alias of the key, with `alias/`."
  value       = aws_kms_alias.this.name
}
