variable "permissions" {
  description = "Statements of the task role, by sid: what the code in the container may do."
  type = map(object({
    actions   = list(string)
    resources = list(string)
  }))
  default = {}

  validation {
    condition     = alltrue([for sid in keys(var.permissions) : can(regex("^[A-Z][a-zA-Z0-9]+$", sid))])
    error_message = "Each key of permissions becomes the statement's sid: letters and digits, beginning with a capital."
  }

  validation {
    condition     = alltrue(flatten([for statement in values(var.permissions) : [for action in statement.actions : !strcontains(action, "*")]]))
    error_message = "permissions must name each action in full: no *."
  }

  validation {
    condition     = alltrue(flatten([for statement in values(var.permissions) : [for resource in statement.resources : resource != "*"]]))
    error_message = "permissions must name resources by ARN: no bare *."
  }
}

variable "encrypted_services" {
  description = "AWS services through which the task uses the key => what it does with it there: kms:Decrypt, kms:GenerateDataKey. Empty for a task that does not use it."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue(flatten([for actions in values(var.encrypted_services) : [for action in actions : contains(["kms:Decrypt", "kms:GenerateDataKey"], action)]]))
    error_message = "encrypted_services may name kms:Decrypt and kms:GenerateDataKey only."
  }

  validation {
    condition     = length(var.encrypted_services) == 0 || length(setsubtract(["kms:Decrypt", "kms:GenerateDataKey"], flatten(values(var.encrypted_services)))) == 0
    error_message = "encrypted_services must say for each of kms:Decrypt and kms:GenerateDataKey through which service it is used, or be empty: a statement for no service would be none."
  }
}

variable "secret_kms_key_arns" {
  description = "Keys that encrypt the secrets; AWS's own keys for SSM and Secrets Manager need not be named."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_kms_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[a-zA-Z0-9-]+$", arn))])
    error_message = "Each of secret_kms_key_arns must be the ARN of a key, such as arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab; not of an alias, which IAM does not match."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the task and execution role may do, whatever their own policies say; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/shop-dev-boundary, or null."
  }
}
