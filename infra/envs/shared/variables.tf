variable "project_name" {
  description = "Name of the product; every name begins with it."
  type        = string
  default     = "message-driven-microservices"
}

variable "aws_region" {
  description = "Region of the images and the state."
  type        = string
  default     = "us-east-1"
}
