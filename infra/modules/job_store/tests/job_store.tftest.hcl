# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location            = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn         = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  ledger_name         = "shop-dev-ledger"
  results_bucket_name = "shop-dev-results-111122223333"
}

run "the_ledger_is_keyed_by_job_and_forgets_by_itself" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.ledger.hash_key == "jobId" && aws_dynamodb_table.ledger.billing_mode == "PAY_PER_REQUEST"
    error_message = "The ledger is keyed by jobId and paid by request."
  }

  assert {
    condition     = one(aws_dynamodb_table.ledger.ttl).attribute_name == "expiresAt" && one(aws_dynamodb_table.ledger.ttl).enabled
    error_message = "Records must expire at expiresAt."
  }
}

run "ledger_and_results_are_encrypted_and_can_be_brought_back" {
  command = plan

  assert {
    condition     = one(aws_dynamodb_table.ledger.server_side_encryption).kms_key_arn == var.kms_key_arn && one(aws_dynamodb_table.ledger.point_in_time_recovery).enabled
    error_message = "The ledger must use the key and keep its past."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.results.rule).apply_server_side_encryption_by_default).kms_master_key_id == var.kms_key_arn
    error_message = "Results must use the key."
  }

  assert {
    condition     = aws_s3_bucket_versioning.results.versioning_configuration[0].status == "Enabled"
    error_message = "Results must be versioned."
  }
}

run "nothing_is_public_and_plain_http_is_denied" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.results.block_public_acls, aws_s3_bucket_public_access_block.results.block_public_policy,
      aws_s3_bucket_public_access_block.results.ignore_public_acls, aws_s3_bucket_public_access_block.results.restrict_public_buckets,
    ])
    error_message = "All four blocks must be on."
  }

  assert {
    condition     = one(data.aws_iam_policy_document.results.statement).effect == "Deny" && one(one(data.aws_iam_policy_document.results.statement).condition).variable == "aws:SecureTransport"
    error_message = "The bucket's policy denies plain HTTP and allows nothing."
  }
}

run "destroy_is_refused_by_default" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.ledger.deletion_protection_enabled && !aws_s3_bucket.results.force_destroy
    error_message = "Records and results must not go by accident."
  }
}

run "destroy_takes_all_where_protection_is_off" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_dynamodb_table.ledger.deletion_protection_enabled && aws_s3_bucket.results.force_destroy
    error_message = "An environment for experiments must come apart in one command."
  }
}

run "accepts_a_retention_of_a_day" {
  command = plan

  variables {
    results_retention_days = 1
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.results.rule[0].expiration[0].days == 1
    error_message = "Results must expire after that day."
  }
}

run "refuses_a_retention_of_half_a_day" {
  command = plan

  variables {
    results_retention_days = 0.5
  }

  expect_failures = [var.results_retention_days]
}

run "refuses_capitals_in_the_bucket_name" {
  command = plan

  variables {
    results_bucket_name = "Results"
  }

  expect_failures = [var.results_bucket_name]
}

run "refuses_a_slash_in_the_ledger_name" {
  command = plan

  variables {
    ledger_name = "shop/ledger"
  }

  expect_failures = [var.ledger_name]
}
