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
  description = "Name of the repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+(?:[._/-][a-z0-9]+)*$", var.name)) && length(var.name) >= 2 && length(var.name) <= 256
    error_message = "name must be 2 to 256 lower-case letters and digits, separated by single . _ / or -."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the images."
  type        = string
}

variable "untagged_expiry_days" {
  description = "Days after which an image without a tag expires."
  type        = number
  default     = 14

  validation {
    condition     = var.untagged_expiry_days >= 1
    error_message = "untagged_expiry_days must be at least 1."
  }
}

# Keep it null where an environment deploys from the repository: ECR counts pushes and knows nothing of deployments, so
# the image that prod has been running for months is the first to go, and its next task finds nothing to pull.
variable "keep_images" {
  description = "Tagged images to keep, the newest by push; null keeps all. For repositories whose old images nobody deploys."
  type        = number
  default     = null

  validation {
    condition     = var.keep_images == null || try(var.keep_images >= 1 && floor(var.keep_images) == var.keep_images, false)
    error_message = "keep_images must be a whole number of at least 1, or null to keep every tagged image."
  }
}

variable "force_delete" {
  description = "Whether destroying the repository may delete the images in it."
  type        = bool
  default     = false
}
