# A root that is applied in seconds, for tests of what happens to its state. It takes the place of infra/envs/dev.
variable "project_name" {
  description = "Name of the product; every name begins with it."
  type        = string
  default     = null
}

variable "aws_region" {
  description = "Region of the environment."
  type        = string
  default     = null
}

variable "image_digests" {
  description = "The release, as in a real root."
  type        = map(string)
  default     = { main_job = "sha256:none", background_job = "sha256:none" }
}

variable "log_groups" {
  description = "Names of the log groups, which stand for whatever an environment has."
  type        = set(string)
  default     = ["main-job", "background-job"]
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = var.log_groups

  name = "/ecs/${local.project_name}-dev/${each.key}"
}

output "image_digests" {
  description = "What is deployed."
  value       = var.image_digests
}
