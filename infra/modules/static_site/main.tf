# What visitors get, by CloudFront alone: the bucket itself answers nobody else.
locals {
  aliases = var.domain == null ? [] : var.domain.names
  origin  = "bucket"
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = var.name
  description                       = "CloudFront signs what it asks of the bucket of ${var.name}."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:A firewall is paid for by the month and needs rules; files that anybody may read need none.
  #checkov:skip=CKV2_AWS_47:The same.
  #checkov:skip=CKV_AWS_86:Logs of requests are paid for by volume, and read by few; switch them on for the account.
  #checkov:skip=CKV_AWS_310:The files are in one bucket: there is no second one to fail over to.
  #checkov:skip=CKV_AWS_374:Whom the site is for is the application's choice.
  #checkov:skip=CKV_AWS_174:CloudFront's own certificate takes no newer protocol; with domain it is TLS 1.2 at least.
  #checkov:skip=CKV2_AWS_42:A name of one's own is a choice: domain brings its certificate.
  comment             = var.name
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  default_root_object = "index.html"
  aliases             = local.aliases

  origin {
    origin_id                = local.origin
    domain_name              = aws_s3_bucket.this.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this.id
  }

  default_cache_behavior {
    target_origin_id       = local.origin
    viewer_protocol_policy = "redirect-to-https"
    allowed_methods        = ["GET", "HEAD"]
    cached_methods         = ["GET", "HEAD"]
    compress               = true

    # CachingOptimized, which AWS manages: by path alone, compressed, as long as the object's own headers say.
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
    cache_policy_id            = "658327ea-f89d-4fab-a63d-7e88639e58f6"
    response_headers_policy_id = aws_cloudfront_response_headers_policy.security.id
  }

  # The bucket says 403 for what is not there, as nobody may list it.
  dynamic "custom_error_response" {
    for_each = local.missing

    content {
      error_code            = 403
      response_code         = custom_error_response.value.code
      response_page_path    = custom_error_response.value.page
      error_caching_min_ttl = 10
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = var.domain == null ? null : var.domain.certificate_arn
    ssl_support_method             = var.domain == null ? null : "sni-only"
    minimum_protocol_version       = var.domain == null ? "TLSv1" : "TLSv1.2_2021"
  }
}

locals {
  # An application that draws its own pages gets each path; a site of pages says that this one is not there.
  missing = { one = var.single_page ? { code = 200, page = "/index.html" } : { code = 404, page = "/404.html" } }
}
