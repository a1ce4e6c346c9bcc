# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::111122223333:distribution/EDFDVBD632BHDS5" }
  }

  mock_resource "aws_cloudfront_origin_access_control" {
    defaults = { id = "E2QWRUHAPOMQZL" }
  }
}

variables {
  location    = { account_id = "111122223333", region = "eu-central-1" }
  name        = "shop-dev"
  bucket_name = "shop-dev-site-111122223333"
}

run "the_bucket_answers_cloudfront_alone" {
  command = apply

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "All four blocks must be on."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this.origin).origin_access_control_id == aws_cloudfront_origin_access_control.this.id && aws_cloudfront_origin_access_control.this.signing_behavior == "always" && length(one(aws_cloudfront_distribution.this.origin).s3_origin_config) == 0
    error_message = "CloudFront must sign what it asks of the bucket."
  }

  assert {
    condition     = { for s in data.aws_iam_policy_document.bucket.statement : s.sid => join(" ", s.actions) if s.effect != "Deny" } == { ThisDistributionReads = "s3:GetObject" }
    error_message = "Reading must be all that is allowed."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.bucket.statement : one(s.condition).values if s.sid == "ThisDistributionReads"]) == tolist([aws_cloudfront_distribution.this.arn])
    error_message = "No other distribution may read."
  }
}

run "visitors_come_by_https_and_only_read" {
  command = plan

  assert {
    condition     = one(aws_cloudfront_distribution.this.default_cache_behavior).viewer_protocol_policy == "redirect-to-https" && one(aws_cloudfront_distribution.this.default_cache_behavior).allowed_methods == toset(["GET", "HEAD"])
    error_message = "Plain HTTP must lead to HTTPS, and nothing may be written."
  }

  assert {
    condition     = aws_cloudfront_distribution.this.default_root_object == "index.html" && one(aws_cloudfront_distribution.this.viewer_certificate).cloudfront_default_certificate
    error_message = "The root must be a page, under CloudFront's own name."
  }
}

run "every_answer_carries_security_headers" {
  command = apply

  assert {
    condition     = one(aws_cloudfront_distribution.this.default_cache_behavior).response_headers_policy_id == aws_cloudfront_response_headers_policy.security.id
    error_message = "The headers must be attached."
  }

  assert {
    condition     = one(one(aws_cloudfront_response_headers_policy.security.security_headers_config).strict_transport_security).access_control_max_age_sec >= 31536000 && one(one(aws_cloudfront_response_headers_policy.security.security_headers_config).content_type_options).override && one(one(aws_cloudfront_response_headers_policy.security.security_headers_config).frame_options).frame_option == "DENY"
    error_message = "HTTPS for a year at least, types as they are said, and no frames."
  }

  assert {
    condition     = one(one(aws_cloudfront_response_headers_policy.security.security_headers_config).content_security_policy).content_security_policy == var.content_security_policy && startswith(var.content_security_policy, "default-src 'self'")
    error_message = "Browsers must load from the site alone, unless it says more."
  }
}

run "a_name_of_ones_own_has_a_modern_protocol" {
  command = plan

  variables {
    domain = { names = ["shop.example.com"], certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
  }

  assert {
    condition     = aws_cloudfront_distribution.this.aliases == toset(["shop.example.com"]) && one(aws_cloudfront_distribution.this.viewer_certificate).minimum_protocol_version == "TLSv1.2_2021" && one(aws_cloudfront_distribution.this.viewer_certificate).acm_certificate_arn == var.domain.certificate_arn
    error_message = "The name must be served with its certificate, by TLS 1.2 at least."
  }
}

run "what_is_not_there_is_a_404" {
  command = plan

  assert {
    condition     = one(aws_cloudfront_distribution.this.custom_error_response).response_code == 404 && one(aws_cloudfront_distribution.this.custom_error_response).response_page_path == "/404.html"
    error_message = "S3's 403 must become a 404."
  }
}

run "an_application_of_one_page_gets_every_path" {
  command = plan

  variables {
    single_page = true
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this.custom_error_response).response_code == 200 && one(aws_cloudfront_distribution.this.custom_error_response).response_page_path == "/index.html"
    error_message = "The page must draw what the path says."
  }
}

run "files_are_kept_from_being_deleted" {
  command = plan

  assert {
    condition     = !aws_s3_bucket.this.force_destroy && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "A release must not go by accident."
  }
}

run "an_environment_for_experiments_comes_apart" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = aws_s3_bucket.this.force_destroy
    error_message = "It must be deletable in one command."
  }
}

run "refuses_a_name_that_leaves_no_room" {
  command = plan

  variables {
    name = join("", [for i in range(48) : "a"])
  }

  expect_failures = [var.name]
}

run "refuses_a_dot_in_the_bucket_name" {
  command = plan

  variables {
    bucket_name = "shop.example.com"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_a_certificate_of_another_region" {
  command = plan

  variables {
    domain = { names = ["shop.example.com"], certificate_arn = "arn:aws:acm:eu-central-1:111122223333:certificate/1" }
  }

  expect_failures = [var.domain]
}

run "refuses_a_certificate_without_a_name" {
  command = plan

  variables {
    domain = { names = [], certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1" }
  }

  expect_failures = [var.domain]
}

run "refuses_to_let_injected_code_run" {
  command = plan

  variables {
    content_security_policy = "default-src 'self' 'unsafe-inline'"
  }

  expect_failures = [var.content_security_policy]
}

run "refuses_to_trust_everybody" {
  command = plan

  variables {
    content_security_policy = "default-src *"
  }

  expect_failures = [var.content_security_policy]
}

run "refuses_another_price_class" {
  command = plan

  variables {
    price_class = "PriceClass_1"
  }

  expect_failures = [var.price_class]
}
