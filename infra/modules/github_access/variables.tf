variable "location" {
  description = "Where the resources live; ARNs and URLs are built from it and from names, so that a first plan knows them."
  type = object({
    account_id = string
    region     = string
    partition  = optional(string, "aws")
    dns_suffix = optional(string, "amazonaws.com")
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.location.account_id))
    error_message = "location.account_id must be the 12 digits of an AWS account."
  }
}

variable "project_name" {
  description = "Name of the product; what jobs may touch begins with it."
  type        = string

  # <project_name>-github-apply-<environment> must fit the 64 characters of a role's name.
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.project_name)) && length(var.project_name) <= 41
    error_message = "project_name must be up to 41 lower-case letters, digits and dashes, beginning with a letter."
  }
}

variable "repository" {
  description = "The repository on GitHub, by name and by id: `gh api repos/<owner>/<name> --jq '{owner_id: .owner.id, repository_id: .id}'`."
  type = object({
    owner         = string
    name          = string
    owner_id      = string
    repository_id = string
  })

  validation {
    condition     = can(regex("^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,37}[a-zA-Z0-9])?$", var.repository.owner))
    error_message = "repository.owner must be one user or organization, such as example-org: letters, digits and dashes, no wildcard, no slash."
  }

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,100}$", var.repository.name))
    error_message = "repository.name must be one repository, such as message-driven-microservices: letters, digits, dots, dashes and underscores, no wildcard, no owner in front."
  }

  validation {
    condition     = alltrue([for id in [var.repository.owner_id, var.repository.repository_id] : can(regex("^[1-9][0-9]{0,19}$", id))])
    error_message = "repository.owner_id and repository.repository_id must be GitHub's numbers, such as 1234567; names can be taken over by others, ids cannot. `gh api repos/<owner>/<name> --jq '{owner_id: .owner.id, repository_id: .id}'` prints both."
  }
}

variable "environments" {
  description = "Environments that are deployed, each by the role that the GitHub environment of that name may take; may_delete_records also lets it delete queues, table, results and key."
  type        = map(object({ may_delete_records = optional(bool, false) }))

  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in keys(var.environments) : can(regex("^[a-z][a-z0-9]{1,8}$", name)) && !contains(["shared", "github"], name)])
    error_message = "environments must name at least one, each of 2 to 9 lower-case letters and digits, beginning with a letter, and not shared or github, whose names are taken."
  }
}

variable "state_bucket_name" {
  description = "Bucket that holds the state of every root, at <root>/terraform.tfstate."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.state_bucket_name))
    error_message = "state_bucket_name must be a valid bucket name: 3 to 63 lower-case letters, digits, dots and dashes."
  }
}

variable "image_repository_arns" {
  description = "ECR repositories that main's workflow publishes to."
  type        = list(string)

  validation {
    condition     = length(var.image_repository_arns) > 0 && alltrue([for arn in var.image_repository_arns : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9._/-]+$", arn))])
    error_message = "image_repository_arns must name at least one ECR repository in full, such as arn:aws:ecr:us-east-1:111122223333:repository/shop-worker."
  }
}

variable "existing_provider_arn" {
  description = "GitHub's OIDC provider where the account has it already; null to make it. An account can have one."
  type        = string
  default     = null

  validation {
    condition     = var.existing_provider_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/token[.]actions[.]githubusercontent[.]com$", var.existing_provider_arn))
    error_message = "existing_provider_arn must be GitHub's provider, arn:aws:iam::<account>:oidc-provider/token.actions.githubusercontent.com, or null to make it."
  }
}
