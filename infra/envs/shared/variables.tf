variable "project_name" {
  description = "Name of the product; every name begins with it. null: what ../product.json says."
  type        = string
  default     = null
}

variable "aws_region" {
  description = "Region of the images and the state. null: what ../product.json says."
  type        = string
  default     = null
}

variable "github" {
  description = "Repository on GitHub that plans, publishes and deploys, by name and id. null: what ../product.json says, null there for none. docs/github-access.md says how."
  type = object({
    owner         = string
    name          = string
    owner_id      = string
    repository_id = string
  })
  default = null
}

variable "existing_github_provider_arn" {
  description = "GitHub's OIDC provider where the account has it already. null: what ../product.json says, null there to make it."
  type        = string
  default     = null
}
