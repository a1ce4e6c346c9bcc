# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location    = { account_id = "111122223333", region = "us-east-1" }
  kms_key_arn = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  name        = "shop-orders"
}

run "images_are_immutable_scanned_and_encrypted" {
  command = plan

  assert {
    condition     = aws_ecr_repository.this.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.this.image_scanning_configuration[0].scan_on_push
    error_message = "Tags must not move, and pushes must be scanned."
  }

  assert {
    condition     = aws_ecr_repository.this.encryption_configuration[0].encryption_type == "KMS" && aws_ecr_repository.this.encryption_configuration[0].kms_key == var.kms_key_arn
    error_message = "Images must be encrypted with the key."
  }
}

run "only_untagged_images_expire" {
  command = plan

  assert {
    condition     = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : rule.selection.tagStatus] == ["untagged"]
    error_message = "A tagged image may be deployed, so it must never expire."
  }
}

run "the_address_is_known_before_the_first_apply" {
  command = plan

  assert {
    condition     = output.url == "111122223333.dkr.ecr.us-east-1.amazonaws.com/shop-orders"
    error_message = "The address must follow from account, region and name."
  }
}

run "accepts_a_name_in_a_folder" {
  command = plan

  variables {
    name = "shop/orders"
  }
}

run "refuses_capitals_in_the_name" {
  command = plan

  variables {
    name = "Shop"
  }

  expect_failures = [var.name]
}

run "refuses_an_expiry_of_no_days" {
  command = plan

  variables {
    untagged_expiry_days = 0
  }

  expect_failures = [var.untagged_expiry_days]
}

run "keeps_the_last_images_where_it_is_asked_to" {
  command = plan

  variables {
    keep_images = 5
  }

  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this.policy).rules : "${rule.rulePriority} ${rule.selection.tagStatus} ${rule.selection.countType} ${rule.selection.countNumber}"] == [
      "1 untagged sinceImagePushed 14", "2 tagged imageCountMoreThan 5",
    ]
    error_message = "The rule on tagged images must come beside the one on untagged images."
  }
}

run "refuses_to_keep_nothing" {
  command = plan

  variables {
    keep_images = 0
  }

  expect_failures = [var.keep_images]
}

run "refuses_to_keep_half_an_image" {
  command = plan

  variables {
    keep_images = 2.5
  }

  expect_failures = [var.keep_images]
}
