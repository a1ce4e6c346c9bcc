variable "environment_suffix" {
  description = "Last part of every name."
  type        = string
  default     = "dev"

  # Secrets Manager draws six characters after a dash: a secret that ends so would be taken for another's ARN.
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment_suffix)) && length(var.environment_suffix) != 6
    error_message = "environment_suffix must be 2 to 10 lower-case letters and digits, beginning with a letter, and not 6, which Secrets Manager would take for its own."
  }
}

variable "aws_region" {
  description = "Region of everything."
  type        = string
  default     = "eu-central-1"
}

variable "image_digests" {
  description = "Digest of each service's image, such as { api = \"sha256:...\" }; a service left out plans with a placeholder, which runs nothing."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for service in keys(var.image_digests) : contains(["api", "worker", "scheduler"], service)])
    error_message = "image_digests names the services api, worker and scheduler only."
  }

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "Each of image_digests must be sha256: and 64 hexadecimal digits."
  }
}

variable "desired_count" {
  description = "Tasks of each service to begin with, and the fewest that scaling leaves; 0 until the images are pushed."
  type        = number
  default     = 2

  validation {
    condition     = var.desired_count >= 0 && var.desired_count <= 10 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 0 to 10."
  }
}

variable "schedule_expression" {
  description = "When work is started: rate(...), cron(...) or at(...), in UTC."
  type        = string
  default     = "rate(15 minutes)"
}

variable "certificate_arn" {
  description = "ACM certificate in the same region; with it the load balancer speaks TLS and redirects plain HTTP. null: HTTP."
  type        = string
  default     = null
}

variable "database" {
  description = "The database that the services use, which is not made here."
  type = object({
    host     = string
    port     = optional(number, 5432)
    dbname   = optional(string, "app")
    username = optional(string, "app")
  })
  default = { host = "database.internal" }
}

variable "draw_secrets" {
  description = "Whether AWS draws the database's password and the JWT secret; false takes database_password and jwt_secret."
  type        = bool
  default     = true
}

# Ephemeral: Terraform refuses to let it into a plan or a state.
variable "external_api_key" {
  description = "Key of the API that the services call; goes to api-keys-<suffix>. Needed when secrets_version changes."
  type        = string
  default     = "not-set"
  ephemeral   = true
  sensitive   = true
}

variable "database_password" {
  description = "Password of the database's user, where draw_secrets is false."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "jwt_secret" {
  description = "What services sign their tokens with, where draw_secrets is false."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "secrets_version" {
  description = "Number of both secrets' values: raise it to write new ones."
  type        = number
  default     = 1
}

variable "deletion_protection" {
  description = "Whether destroy refuses while there are images, keeps the secrets for 30 days, and the load balancer may not be deleted."
  type        = bool
  default     = true
}
