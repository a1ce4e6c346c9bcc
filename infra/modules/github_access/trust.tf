# Who may take which role. A token's subject says where a job runs; GitHub issues it in one of two formats, with names
# alone (repositories from before 15 July 2026) or with ids too (newer ones, and older ones that opted in):
# https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
locals {
  repository_subjects = [
    "repo:${var.repository.owner}/${var.repository.name}",
    "repo:${var.repository.owner}@${var.repository.owner_id}/${var.repository.name}@${var.repository.repository_id}",
  ]

  main = "refs/heads/main"

  # Where a job must run. Jobs on main may plan too: the daily look for drift does.
  places = merge(
    { plan = ["pull_request", "ref:${local.main}"], publish = ["ref:${local.main}"] },
    { for root in local.roots : "apply-${root}" => ["environment:${root}"] },
    { for name in keys(var.environments) : "load-${name}" => ["environment:${name}-load"] },
  )

  # A subject with an environment does not name the branch any more, so the branch is asked for by itself: whoever may
  # change the environment's settings on GitHub still cannot deploy another branch, or load by its code.
  bound_to_main = toset(concat([for root in local.roots : "apply-${root}"], [for name in keys(var.environments) : "load-${name}"]))
}

data "aws_iam_policy_document" "trust" {
  #checkov:skip=CKV_AWS_358:It cannot follow subjects made of variables. The module's own tests name each in full, and tests/infra/test_github_access.py tries tokens.
  for_each = local.role_names

  statement {
    sid     = "JobsOfThisRepository"
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [local.provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:sub"
      values   = sort(flatten([for subject in local.repository_subjects : [for place in local.places[each.key] : "${subject}:${place}"]]))
    }

    # Names can be given up and taken by others; the id cannot. This closes the older format, which has names alone.
    # https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:repository_id"
      values   = [var.repository.repository_id]
    }

    dynamic "condition" {
      for_each = contains(local.bound_to_main, each.key) ? [local.main] : []

      content {
        test     = "StringEquals"
        variable = "${local.issuer}:ref"
        values   = [condition.value]
      }
    }
  }
}
