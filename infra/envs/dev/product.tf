# What a fork sets, in one file for every root. A variable of the same name wins: to plan with another value.
locals {
  product      = jsondecode(file("${path.module}/../product.json"))
  project_name = coalesce(var.project_name, local.product.project_name)
  aws_region   = coalesce(var.aws_region, local.product.aws_region)

  # Another account is refused. The second is the local stack's; AWS keeps it for examples.
  account_ids = local.product.aws_account_id == null ? null : [local.product.aws_account_id, "123456789012"]
}
