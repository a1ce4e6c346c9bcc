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
  description = "Name of the topic."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,256}$", var.name))
    error_message = "name may hold letters, digits, dashes and underscores only."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the alerts; its policy must let alarms use it."
  type        = string
}

variable "scaling_of_cluster" {
  description = "ECS cluster whose services' scaling is told to the topic, too; null for none. The key's policy must let events use it."
  type        = string
  default     = null
}

variable "email" {
  description = "Address that gets every alert; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.email == null || can(regex("^[^@\\s]+@[^@\\s]+[.][^@\\s]+$", var.email))
    error_message = "email must be one address, such as oncall@example.com, or null."
  }
}
