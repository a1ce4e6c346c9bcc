# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }
}

variables {
  location              = { account_id = "111122223333", region = "us-east-1" }
  project_name          = "shop"
  repository            = { owner = "example-org", name = "shop", owner_id = "4211", repository_id = "987654" }
  environments          = { dev = { may_delete_records = true }, prod = {} }
  state_bucket_name     = "shop-state-111122223333"
  image_repository_arns = ["arn:aws:ecr:us-east-1:111122223333:repository/shop-worker"]
}

run "each_purpose_has_a_role_of_its_own" {
  command = plan

  assert {
    condition = output.role_arns == {
      plan         = "arn:aws:iam::111122223333:role/shop-github-plan"
      publish      = "arn:aws:iam::111122223333:role/shop-github-publish"
      apply-shared = "arn:aws:iam::111122223333:role/shop-github-apply-shared"
      apply-dev    = "arn:aws:iam::111122223333:role/shop-github-apply-dev"
      apply-prod   = "arn:aws:iam::111122223333:role/shop-github-apply-prod"
      load-dev     = "arn:aws:iam::111122223333:role/shop-github-load-dev"
      load-prod    = "arn:aws:iam::111122223333:role/shop-github-load-prod"
    }
    error_message = "Roles must be named by purpose, and known before the first apply."
  }

  assert {
    condition     = { for role, policies in local.granted : role => one([for policy in policies : policy if startswith(policy, "limits")]) } == { plan = "limits", publish = "limits", apply-shared = "limits", apply-dev = "limits-dev", apply-prod = "limits-prod", load-dev = "limits-dev", load-prod = "limits-prod" }
    error_message = "The limits must hold for every role; a deployer's and a load test's are their own environment's."
  }
}

run "both_formats_of_a_subject_are_named_in_full" {
  command = plan

  assert {
    condition = { for role, document in data.aws_iam_policy_document.trust : role => join(" ", flatten([for c in document.statement[0].condition : sort(c.values) if endswith(c.variable, ":sub")])) } == {
      plan         = "repo:example-org/shop:pull_request repo:example-org/shop:ref:refs/heads/main repo:example-org@4211/shop@987654:pull_request repo:example-org@4211/shop@987654:ref:refs/heads/main"
      publish      = "repo:example-org/shop:ref:refs/heads/main repo:example-org@4211/shop@987654:ref:refs/heads/main"
      apply-shared = "repo:example-org/shop:environment:shared repo:example-org@4211/shop@987654:environment:shared"
      apply-dev    = "repo:example-org/shop:environment:dev repo:example-org@4211/shop@987654:environment:dev"
      apply-prod   = "repo:example-org/shop:environment:prod repo:example-org@4211/shop@987654:environment:prod"
      load-dev     = "repo:example-org/shop:environment:dev-load repo:example-org@4211/shop@987654:environment:dev-load"
      load-prod    = "repo:example-org/shop:environment:prod-load repo:example-org@4211/shop@987654:environment:prod-load"
    }
    error_message = "Each role must name its subjects in both formats, and no others."
  }

  assert {
    condition     = alltrue(flatten([for document in values(data.aws_iam_policy_document.trust) : [for c in document.statement[0].condition : c.test == "StringEquals" && !strcontains(join("", c.values), "*")]]))
    error_message = "Whole values are compared, without wildcards."
  }

  assert {
    condition     = alltrue([for document in values(data.aws_iam_policy_document.trust) : anytrue([for c in document.statement[0].condition : endswith(c.variable, ":repository_id") && join("", c.values) == "987654"])])
    error_message = "The repository's id must be asked for in either format."
  }
}

run "deploying_and_loading_are_bound_to_main" {
  command = plan

  assert {
    condition     = { for role, document in data.aws_iam_policy_document.trust : role => join(" ", flatten([for c in document.statement[0].condition : c.values if endswith(c.variable, ":ref")])) } == { plan = "", publish = "", apply-shared = "refs/heads/main", apply-dev = "refs/heads/main", apply-prod = "refs/heads/main", load-dev = "refs/heads/main", load-prod = "refs/heads/main" }
    error_message = "A subject with an environment does not say the branch, so the trust must."
  }
}

run "only_where_it_is_said_may_a_role_delete_records" {
  command = plan

  assert {
    condition     = contains(data.aws_iam_policy_document.apply_services["dev"].statement[*].sid, "DeleteRecords") && length(setintersection(data.aws_iam_policy_document.apply_services["prod"].statement[*].sid, ["DeleteRecords", "DeleteOwnKey"])) == 0
    error_message = "Prod's role must not be able to delete queues, table, results and key."
  }
}

run "a_deployer_tries_its_own_environment_and_no_other" {
  command = plan

  assert {
    condition     = join(" ", flatten([for s in data.aws_iam_policy_document.apply_smoke["prod"].statement : s.resources if s.sid != "SeeOwnTasks"])) == "arn:aws:sqs:us-east-1:111122223333:shop-prod-main-job-triggers arn:aws:dynamodb:us-east-1:111122223333:table/shop-prod-ledger"
    error_message = "A deployer sends to its own trigger queue and reads its own ledger."
  }

  assert {
    condition     = { for policy, document in data.aws_iam_policy_document.limits : policy => join(" ", flatten([for s in document.statement : s.not_resources == null ? [] : tolist(s.not_resources) if contains(["DenyReadingRecords", "DenySending"], s.sid)])) } == { limits = "", limits-dev = "arn:aws:dynamodb:us-east-1:111122223333:table/shop-dev-ledger arn:aws:sqs:us-east-1:111122223333:shop-dev-main-job-triggers", limits-prod = "arn:aws:dynamodb:us-east-1:111122223333:table/shop-prod-ledger arn:aws:sqs:us-east-1:111122223333:shop-prod-main-job-triggers" }
    error_message = "Everything but a deployer's own trigger queue and ledger stays denied, and for other roles all of it."
  }
}

run "a_load_test_reaches_its_own_environment_and_reads_no_state" {
  command = plan

  assert {
    condition = { for s in data.aws_iam_policy_document.load["prod"].statement : s.sid => join(" ", s.resources) } == {
      SendTriggers       = "arn:aws:sqs:us-east-1:111122223333:shop-prod-main-job-triggers"
      CountMessages      = "arn:aws:sqs:us-east-1:111122223333:shop-prod-background-jobs arn:aws:sqs:us-east-1:111122223333:shop-prod-background-jobs-dlq arn:aws:sqs:us-east-1:111122223333:shop-prod-main-job-triggers arn:aws:sqs:us-east-1:111122223333:shop-prod-main-job-triggers-dlq"
      ReadTimesOfJobs    = "arn:aws:dynamodb:us-east-1:111122223333:table/shop-prod-ledger"
      UseOwnKey          = "arn:aws:kms:us-east-1:111122223333:key/*"
      CountTasks         = "arn:aws:ecs:us-east-1:111122223333:service/shop-prod-cluster/shop-prod-background-job-service arn:aws:ecs:us-east-1:111122223333:service/shop-prod-cluster/shop-prod-main-job-service"
      SeeTaskDefinitions = "*"
    }
    error_message = "A load test sends to its own trigger queue, looks at its own queues, ledger and services, and at nothing else."
  }

  assert {
    condition     = local.granted["load-prod"] == ["load-prod", "limits-prod"] && length(setintersection(flatten([for s in data.aws_iam_policy_document.load["prod"].statement : s.actions]), ["s3:GetObject", "sqs:ReceiveMessage", "dynamodb:GetItem"])) == 0
    error_message = "A load test reads no state, no message and no whole record."
  }
}

run "new_roles_carry_the_boundary" {
  command = plan

  assert {
    condition     = join("", one(one([for s in data.aws_iam_policy_document.apply_roles["dev"].statement : s if contains(s.actions, "iam:CreateRole")]).condition).values) == output.boundary_arns.dev && output.boundary_arns.dev == "arn:aws:iam::111122223333:policy/shop-dev-boundary"
    error_message = "A role made without the boundary could do anything."
  }
}

run "makes_the_provider_where_there_is_none" {
  command = plan

  assert {
    condition     = join("", one(values(aws_iam_openid_connect_provider.github)).client_id_list) == "sts.amazonaws.com" && output.provider_arn == "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
    error_message = "The provider must take tokens for STS."
  }
}

run "uses_a_provider_that_is_there" {
  command = plan

  variables {
    existing_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.provider_arn == var.existing_provider_arn
    error_message = "An account can have one provider."
  }
}

run "refuses_a_wildcard_for_an_owner" {
  command = plan

  variables {
    repository = { owner = "*", name = "shop", owner_id = "4211", repository_id = "987654" }
  }

  expect_failures = [var.repository]
}

run "refuses_a_wildcard_in_the_name" {
  command = plan

  variables {
    repository = { owner = "example-org", name = "shop*", owner_id = "4211", repository_id = "987654" }
  }

  expect_failures = [var.repository]
}

run "refuses_an_owner_in_front_of_the_name" {
  command = plan

  variables {
    repository = { owner = "example-org", name = "example-org/shop", owner_id = "4211", repository_id = "987654" }
  }

  expect_failures = [var.repository]
}

run "refuses_a_missing_id" {
  command = plan

  variables {
    repository = { owner = "example-org", name = "shop", owner_id = "4211", repository_id = "" }
  }

  expect_failures = [var.repository]
}

run "refuses_a_name_in_place_of_an_id" {
  command = plan

  variables {
    repository = { owner = "example-org", name = "shop", owner_id = "example-org", repository_id = "987654" }
  }

  expect_failures = [var.repository]
}

run "refuses_an_environment_whose_name_is_taken" {
  command = plan

  variables {
    environments = { github = {} }
  }

  expect_failures = [var.environments]
}

run "refuses_no_environment_at_all" {
  command = plan

  variables {
    environments = {}
  }

  expect_failures = [var.environments]
}

run "refuses_a_project_too_long_for_a_role" {
  command = plan

  variables {
    project_name = "a-name-of-more-than-forty-one-letters-is-too-long"
  }

  expect_failures = [var.project_name]
}

run "refuses_a_bucket_that_cannot_be" {
  command = plan

  variables {
    state_bucket_name = "Shop State"
  }

  expect_failures = [var.state_bucket_name]
}

run "refuses_every_repository" {
  command = plan

  variables {
    image_repository_arns = ["arn:aws:ecr:us-east-1:111122223333:repository/*"]
  }

  expect_failures = [var.image_repository_arns]
}

run "refuses_another_issuers_provider" {
  command = plan

  variables {
    existing_provider_arn = "arn:aws:iam::111122223333:oidc-provider/gitlab.example.com"
  }

  expect_failures = [var.existing_provider_arn]
}
