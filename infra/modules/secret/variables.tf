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

variable "name" {
  description = "Name of the secret, beginning with the environment's prefix, such as shop-dev/api-token."
  type        = string

  # AWS draws six characters after a dash: a name that ends so makes the ARN ambiguous.
  # https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]+(?:/[a-zA-Z0-9_.-]+)*$", var.name)) && length(var.name) <= 500 && !can(regex("-[a-zA-Z0-9]{6}$", var.name))
    error_message = "name must be up to 500 letters, digits and _ . -, in parts separated by single slashes, with no slash in front, and must not end in a dash and six characters, which Secrets Manager would take for its own."
  }
}

variable "description" {
  description = "What the secret is for, as the console shows it. Never the value."
  type        = string
}

variable "store" {
  description = "secrets_manager ($0.40 a month each, may be rotated by AWS) or parameter_store (a SecureString, free)."
  type        = string
  default     = "secrets_manager"

  validation {
    condition     = contains(["secrets_manager", "parameter_store"], var.store)
    error_message = "store must be secrets_manager or parameter_store."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the secret: the environment's."
  type        = string
}

# Ephemeral: Terraform refuses to let it into a plan, a state or an output.
variable "value" {
  description = "The secret itself; text, or JSON whose fields are read one by one."
  type        = string
  ephemeral   = true
  sensitive   = true

  # SSM's standard tier, the smaller of the two limits.
  validation {
    condition     = length(var.value) >= 1 && length(var.value) <= 4096
    error_message = "value must have between 1 and 4096 characters."
  }
}

variable "value_version" {
  description = "Number of the value: raise it to write a new one."
  type        = number

  validation {
    condition     = var.value_version >= 1 && floor(var.value_version) == var.value_version
    error_message = "value_version must be a whole number of at least 1."
  }
}

variable "recovery_window_days" {
  description = "Days that Secrets Manager keeps a deleted secret; 0 deletes at once. Unused by parameter_store."
  type        = number
  default     = 30

  # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
  validation {
    condition     = var.recovery_window_days == 0 || (var.recovery_window_days >= 7 && var.recovery_window_days <= 30)
    error_message = "recovery_window_days must be 0, or between 7 and 30."
  }
}
