# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location = { account_id = "111122223333", region = "us-east-1" }
  name     = "shop-state-111122223333"
}

run "the_state_is_versioned_private_and_encrypted" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "Old versions are the only backup of a state."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_policy && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "A state must never be public."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The state must be encrypted, by a key that does not depend on the state."
  }
}

run "nobody_reads_in_plain_text_or_deletes_history" {
  command = plan

  assert {
    condition     = { for s in data.aws_iam_policy_document.state.statement : s.sid => s.effect } == { DenyPlainHttp = "Deny", DenyLosingTheState = "Deny" }
    error_message = "The policy must deny both, and allow nothing."
  }
}

run "refuses_a_name_that_s3_refuses" {
  command = plan

  variables {
    name = "State_Bucket"
  }

  expect_failures = [var.name]
}
