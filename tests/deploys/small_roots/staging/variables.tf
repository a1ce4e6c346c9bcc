variable "image_digests" {
  type = object({ main_job = string, background_job = string })
}

variable "thresholds" {
  type    = map(number)
  default = { depth = 5 }
}

variable "token" {
  type      = string
  sensitive = true
  default   = "kept-for-later"
}
