variable "project_name" {
  description = "Name of the product; every name begins with it."
  type        = string
  default     = "message-driven-microservices"
}

variable "aws_region" {
  description = "Region of the images and the state."
  type        = string
  default     = "us-east-1"
}

variable "github" {
  description = "Repository on GitHub that plans, publishes and deploys, by name and id; null for none. docs/github-access.md says how."
  type = object({
    owner         = string
    name          = string
    owner_id      = string
    repository_id = string
  })
  default = null
}

variable "existing_github_provider_arn" {
  description = "GitHub's OIDC provider where the account has it already; null to make it."
  type        = string
  default     = null
}
