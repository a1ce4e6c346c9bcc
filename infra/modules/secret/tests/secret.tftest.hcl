# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {}

variables {
  location      = { account_id = "111122223333", region = "us-east-1" }
  name          = "shop-dev/api-token"
  description   = "Token of the shop's API"
  kms_key_arn   = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  value         = "not-a-real-token"
  value_version = 1
}

run "a_secret_is_encrypted_with_the_key_and_can_be_recovered" {
  command = plan

  assert {
    condition     = aws_secretsmanager_secret.this["this"].name == "shop-dev/api-token" && aws_secretsmanager_secret.this["this"].kms_key_id == var.kms_key_arn && aws_secretsmanager_secret.this["this"].recovery_window_in_days == 30
    error_message = "The secret must have the given name and key, and a time to recover it."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.this["this"].secret_string_wo_version == 1 && aws_secretsmanager_secret_version.this["this"].secret_string == null
    error_message = "The value must go in by the write-only argument."
  }

  assert {
    condition     = length(aws_ssm_parameter.this) == 0
    error_message = "A secret must be in one store."
  }
}

run "a_parameter_is_a_secure_string_whose_arn_is_known_at_once" {
  command = plan

  variables {
    store = "parameter_store"
  }

  assert {
    condition     = aws_ssm_parameter.this["this"].type == "SecureString" && aws_ssm_parameter.this["this"].key_id == var.kms_key_arn && aws_ssm_parameter.this["this"].name == "/shop-dev/api-token"
    error_message = "The parameter must be encrypted with the key, and named with a slash in front."
  }

  assert {
    condition     = aws_ssm_parameter.this["this"].value_wo_version == 1 && length(aws_secretsmanager_secret.this) == 0
    error_message = "The value must go in by the write-only argument, into one store."
  }

  assert {
    condition     = output.arn == "arn:aws:ssm:us-east-1:111122223333:parameter/shop-dev/api-token"
    error_message = "The ARN must follow from the name."
  }
}

run "a_parameter_without_folders_has_no_slash_in_front" {
  command = plan

  variables {
    store = "parameter_store"
    name  = "token"
  }

  assert {
    condition     = aws_ssm_parameter.this["this"].name == "token" && output.arn == "arn:aws:ssm:us-east-1:111122223333:parameter/token"
    error_message = "The ARN must be that of the parameter."
  }
}

run "accepts_a_secret_without_recovery_and_a_later_value" {
  command = plan

  variables {
    recovery_window_days = 0
    value_version        = 7
  }
}

run "refuses_a_name_with_a_slash_in_front" {
  command = plan

  variables {
    name = "/shop-dev/api-token"
  }

  expect_failures = [var.name]
}

run "refuses_a_name_that_ends_like_an_arn" {
  command = plan

  variables {
    name = "shop-dev/api-AbCdEf"
  }

  expect_failures = [var.name]
}

run "refuses_another_store" {
  command = plan

  variables {
    store = "vault"
  }

  expect_failures = [var.store]
}

run "refuses_an_empty_value" {
  command = plan

  variables {
    value = ""
  }

  expect_failures = [var.value]
}

run "refuses_a_value_that_a_parameter_cannot_hold" {
  command = plan

  variables {
    value = format("%04097d", 0)
  }

  expect_failures = [var.value]
}

run "refuses_a_version_of_zero" {
  command = plan

  variables {
    value_version = 0
  }

  expect_failures = [var.value_version]
}

run "refuses_a_recovery_that_aws_does_not_offer" {
  command = plan

  variables {
    recovery_window_days = 3
  }

  expect_failures = [var.recovery_window_days]
}
