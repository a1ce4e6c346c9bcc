variable "project_name" {
  description = "Name of the product; every name begins with <project_name>-<environment>."
  type        = string
  default     = "http-intake"
}

variable "environment" {
  description = "Name of the environment."
  type        = string
  default     = "dev"
}

variable "aws_region" {
  description = "Region of everything."
  type        = string
  default     = "us-east-1"
}

variable "image_digests" {
  description = "Digest of each image, such as { api = \"sha256:...\", main_job = \"sha256:...\", background_job = \"sha256:...\" }; one left out plans with a placeholder, which runs nothing."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for service in keys(var.image_digests) : contains(["api", "main_job", "background_job"], service)])
    error_message = "image_digests names api, main_job and background_job only."
  }

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "Each of image_digests must be sha256: and 64 hexadecimal digits."
  }
}

variable "create_repositories" {
  description = "Whether the image repositories are made here; false in an account's second environment, which deploys the same images."
  type        = bool
  default     = true
}

variable "token_parameter" {
  description = "SSM SecureString with the token that callers send; made and rotated by people, encrypted with the environment's key."
  type        = string
  default     = "/api/token"

  validation {
    condition     = can(regex("^/[a-zA-Z0-9_.-]+(/[a-zA-Z0-9_.-]+)*$", var.token_parameter))
    error_message = "token_parameter must be the name of an SSM parameter that begins with a slash, such as /api/token."
  }
}

variable "certificate_arn" {
  description = "ACM certificate in the same region; with it the load balancer speaks TLS and redirects plain HTTP. null: HTTP."
  type        = string
  default     = null
}

variable "client_cidr_blocks" {
  description = "IPv4 ranges that may call the API."
  type        = list(string)
  default     = ["0.0.0.0/0"]
}

variable "cidr_block" {
  description = "Range of the VPC."
  type        = string
  default     = "10.0.0.0/16"
}

variable "nat" {
  description = "none: tasks have public addresses, and no NAT is paid for. single or per_az: private subnets."
  type        = string
  default     = "none"
}

variable "capacity" {
  description = "Where the API's tasks run: fargate, or ec2 for instances of the cluster, which grow and shrink with them."
  type        = string
  default     = "fargate"

  validation {
    condition     = contains(["fargate", "ec2"], var.capacity)
    error_message = "capacity must be fargate or ec2."
  }
}

variable "desired_count" {
  description = "Tasks of each service to begin with, and the fewest that scaling leaves; 0 until the images are pushed."
  type        = number
  default     = 1

  validation {
    condition     = var.desired_count >= 0 && var.desired_count <= 10 && floor(var.desired_count) == var.desired_count
    error_message = "desired_count must be a whole number from 0 to 10."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept; one of CloudWatch's values."
  type        = number
  default     = 14
}

variable "alert_email" {
  description = "Address that gets every alert; null for none."
  type        = string
  default     = null
}

variable "deletion_protection" {
  description = "Whether destroy refuses while there are records, results or images, and the load balancer may not be deleted."
  type        = bool
  default     = true
}
