variable "project_name" {
  type    = string
  default = null
}

variable "aws_region" {
  type    = string
  default = null
}

variable "image_digests" {
  type = object({ main_job = string, background_job = string })
}

variable "threshold" {
  type    = number
  default = 5
}

variable "queue_name" {
  type    = string
  default = "small-triggers"
}

# What the worker does with jobs: works, dead-letters or dawdles; or it crashes before it sees any.
variable "behaviour" {
  type    = string
  default = "works"
}

variable "subnet_id" {
  type = string
}
