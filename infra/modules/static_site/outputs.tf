output "bucket_name" {
  description = "Bucket that the site's files are uploaded to."
  value       = aws_s3_bucket.this.id
}

output "bucket_arn" {
  description = "ARN of the bucket, known before the first apply; whoever uploads needs s3:PutObject below it."
  value       = local.bucket_arn
  depends_on  = [aws_s3_bucket.this]
}

output "distribution_id" {
  description = "Id of the distribution, for invalidations after an upload."
  value       = aws_cloudfront_distribution.this.id
}

output "distribution_domain_name" {
  description = "CloudFront's name of the site; point your own name there by an alias record."
  value       = aws_cloudfront_distribution.this.domain_name
}

output "distribution_zone_id" {
  description = "Zone of distribution_domain_name, for alias records."
  value       = aws_cloudfront_distribution.this.hosted_zone_id
}
