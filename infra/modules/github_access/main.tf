# How GitHub's workflows reach the account without a stored key: they show a token of GitHub's, and each role says
# exactly which tokens it takes (trust.tf) and what it may do (read.tf, publish.tf, apply*.tf, load.tf, limits.tf).
locals {
  issuer = "token.actions.githubusercontent.com"

  iam_prefix   = "arn:${var.location.partition}:iam::${var.location.account_id}"
  provider_arn = coalesce(var.existing_provider_arn, "${local.iam_prefix}:oidc-provider/${local.issuer}")

  role_names = merge(
    { plan = "${var.project_name}-github-plan", publish = "${var.project_name}-github-publish" },
    { for root in local.roots : "apply-${root}" => "${var.project_name}-github-apply-${root}" },
    { for name in keys(var.environments) : "load-${name}" => "${var.project_name}-github-load-${name}" },
  )

  # The root `shared` is deployed like an environment, but it is none: no service runs in it.
  roots = toset(concat(["shared"], keys(var.environments)))
}

# An account can have one provider for this issuer. No thumbprint: AWS checks GitHub's certificate against its own
# library of trusted authorities.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
resource "aws_iam_openid_connect_provider" "github" {
  for_each = var.existing_provider_arn == null ? toset([local.issuer]) : toset([])

  url            = "https://${each.key}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each = local.role_names

  name                 = each.value
  description          = "GitHub Actions of ${var.repository.owner}/${var.repository.name}: ${each.key}."
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600

  depends_on = [aws_iam_openid_connect_provider.github]
}

locals {
  # Role → its policies, by name. Managed ones: together they outgrow what a role may hold inline.
  granted = merge(
    { plan = ["read", "limits"], publish = ["publish", "limits"] },
    { apply-shared = ["read", "apply-shared", "limits"] },
    { for name in keys(var.environments) : "apply-${name}" => ["read", "apply-${name}-services", "apply-${name}-network", "apply-${name}-roles", "apply-${name}-smoke", "limits-${name}"] },
    { for name in keys(var.environments) : "load-${name}" => ["load-${name}", "limits-${name}"] },
  )

  documents = merge(
    {
      read         = data.aws_iam_policy_document.read.json
      publish      = data.aws_iam_policy_document.publish.json
      apply-shared = data.aws_iam_policy_document.apply_shared.json
    },
    { for policy, document in data.aws_iam_policy_document.limits : policy => document.json },
    { for name in keys(var.environments) : "apply-${name}-services" => data.aws_iam_policy_document.apply_services[name].json },
    { for name in keys(var.environments) : "apply-${name}-network" => data.aws_iam_policy_document.apply_network[name].json },
    { for name in keys(var.environments) : "apply-${name}-roles" => data.aws_iam_policy_document.apply_roles[name].json },
    { for name in keys(var.environments) : "apply-${name}-smoke" => data.aws_iam_policy_document.apply_smoke[name].json },
    { for name in keys(var.environments) : "load-${name}" => data.aws_iam_policy_document.load[name].json },
  )
}

resource "aws_iam_policy" "this" {
  for_each = local.documents

  name        = "${var.project_name}-github-${each.key}"
  description = "GitHub Actions of ${var.repository.owner}/${var.repository.name}: ${each.key}."
  policy      = each.value
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = merge([for role, names in local.granted : { for name in names : "${role}:${name}" => { role = role, policy = name } }]...)

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}
