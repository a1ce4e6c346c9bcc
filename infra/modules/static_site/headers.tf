# What browsers are told of every answer.
resource "aws_cloudfront_response_headers_policy" "security" {
  #checkov:skip=CKV_AWS_259:It asks for preload, too: browsers then carry the name in a list that takes months to leave.
  name    = "${var.name}-security-headers"
  comment = "Security headers of ${var.name}."

  security_headers_config {
    # For two years this name is HTTPS only.
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      preload                    = false
      override                   = true
    }

    # A file is what its type says, and no script in disguise.
    content_type_options {
      override = true
    }

    frame_options {
      frame_option = "DENY"
      override     = true
    }

    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = true
    }

    content_security_policy {
      content_security_policy = var.content_security_policy
      override                = true
    }
  }
}
