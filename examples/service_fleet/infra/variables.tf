variable "project_name" {
  description = "Name of the product; every name begins with <project_name>-<environment>."
  type        = string
  default     = "customer-order-portal"
}

# The longest name is <project_name>-<environment>-notification, of which a target group takes 32 characters.
variable "environment" {
  description = "Name of the environment."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,8}$", var.environment))
    error_message = "environment must be 2 to 9 lower-case letters and digits, beginning with a letter."
  }
}

variable "aws_region" {
  description = "Region of everything; CloudFront is everywhere."
  type        = string
  default     = "us-east-1"
}

variable "cidr_block" {
  description = "Range of the VPC."
  type        = string
  default     = "10.0.0.0/16"
}

variable "repository_prefix" {
  description = "Image repositories are <repository_prefix>/<service>."
  type        = string
  default     = "customer-portal"
}

variable "image_digests" {
  description = "Digest of each service's image, such as { order = \"sha256:...\" }; a service left out plans with a placeholder, which runs nothing."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for service in keys(var.image_digests) : contains(keys(local.services), service)])
    error_message = "image_digests names services of services.tf only."
  }

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "Each of image_digests must be sha256: and 64 hexadecimal digits."
  }
}

variable "services_desired_count" {
  description = "Tasks of each service to begin with; 0 stops the fleet, and keeps everything else."
  type        = number
  default     = 1

  validation {
    condition     = var.services_desired_count == 0 || (var.services_desired_count >= var.min_capacity && var.services_desired_count <= var.max_capacity)
    error_message = "services_desired_count must be 0, or between min_capacity and max_capacity."
  }
}

variable "min_capacity" {
  description = "Tasks of each service at least."
  type        = number
  default     = 1
}

variable "max_capacity" {
  description = "Tasks of each service at most."
  type        = number
  default     = 10

  validation {
    condition     = var.max_capacity >= var.min_capacity && var.min_capacity >= 1
    error_message = "max_capacity must be at least min_capacity, which must be at least 1: services_desired_count = 0 stops the fleet."
  }
}

variable "secret_arns" {
  description = "ARNs of the secrets (Secrets Manager or SSM) that rows of services.tf name: DATABASE_URL and OPENAI_API_KEY. A service starts without those that are not given."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.secret_arns) : contains(["DATABASE_URL", "OPENAI_API_KEY"], name)])
    error_message = "secret_arns names DATABASE_URL and OPENAI_API_KEY only; a new secret is also named in a row of services.tf."
  }
}

variable "secret_kms_key_arns" {
  description = "Customer managed keys of the secrets in secret_arns."
  type        = list(string)
  default     = []
}

variable "certificate_arn" {
  description = "ACM certificate in the same region; with it the load balancer speaks TLS and redirects plain HTTP. null: HTTP."
  type        = string
  default     = null
}

variable "database_multi_az" {
  description = "Whether a standby of the database waits in the second zone; doubles its price."
  type        = bool
  default     = false
}

variable "enable_alarms" {
  description = "Whether each service gets its alarms."
  type        = bool
  default     = false
}

variable "alarm_actions" {
  description = "Who hears of alarms, such as the ARN of an SNS topic."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Whether destroy refuses to delete the database, the load balancer, images, and the objects of the site."
  type        = bool
  default     = true
}
