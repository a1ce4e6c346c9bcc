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

variable "ledger_name" {
  description = "Name of the table that knows each job's state."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.ledger_name))
    error_message = "ledger_name must be 3 to 255 letters, digits, dots, dashes and underscores."
  }
}

variable "results_bucket_name" {
  description = "Name of the bucket for results; unique in the world, so it should end in the account id."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.results_bucket_name))
    error_message = "results_bucket_name must be 3 to 63 lower-case letters, digits and dashes."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the ledger and the results."
  type        = string
}

variable "results_retention_days" {
  description = "Days after which a result expires."
  type        = number
  default     = 30

  validation {
    condition     = var.results_retention_days >= 1 && floor(var.results_retention_days) == var.results_retention_days
    error_message = "results_retention_days must be a whole number of at least 1."
  }
}

variable "deletion_protection" {
  description = "Whether destroy refuses while there are records or results."
  type        = bool
  default     = true
}
