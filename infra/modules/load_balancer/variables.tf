variable "name" {
  description = "Name of the load balancer."
  type        = string

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
  validation {
    condition     = can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.name)) && !startswith(var.name, "internal-")
    error_message = "name may hold up to 32 letters, digits and dashes, with no dash at either end, and must not begin with internal-, which AWS keeps for itself."
  }
}

variable "network" {
  description = "Where it listens (subnet_ids, in at least two zones: public ones unless it is internal) and where its targets are (vpc_cidr_block)."
  type = object({
    vpc_id         = string
    vpc_cidr_block = string
    subnet_ids     = list(string)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 2
    error_message = "network.subnet_ids must name at least two subnets, each in another zone: AWS makes no load balancer in one."
  }

  validation {
    condition     = can(cidrhost(var.network.vpc_cidr_block, 0))
    error_message = "network.vpc_cidr_block must be an IPv4 range such as 10.0.0.0/16."
  }
}

variable "tls" {
  description = "Certificate (in ACM, of this region) and AWS's policy of protocols and ciphers; with it plain HTTP only redirects. null: HTTP."
  type = object({
    certificate_arn = string
    policy          = optional(string, "ELBSecurityPolicy-TLS13-1-2-2021-06")
  })
  default = null

  validation {
    condition     = var.tls == null || can(regex("^arn:[a-z-]+:(acm|iam):[^ ]+$", try(var.tls.certificate_arn, "")))
    error_message = "tls.certificate_arn must be the ARN of a certificate, such as arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555."
  }

  # Every policy of this family begins with TLS 1.3 and ends with 1.2 or above, but for -1-0- and -1-1-.
  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
  validation {
    condition     = var.tls == null || can(regex("^ELBSecurityPolicy-TLS13-1-[23]-[A-Za-z0-9-]+$", try(var.tls.policy, "")))
    error_message = "tls.policy must be one of AWS's policies with TLS 1.3 and nothing below 1.2, such as ELBSecurityPolicy-TLS13-1-2-2021-06."
  }
}

variable "additional_certificate_arns" {
  description = "Certificates of other names that it serves, each under a key of your own."
  type        = map(string)
  default     = {}
}

variable "default_target_group" {
  description = "What serves requests that no service's rule takes, as { arn = ... }; null answers 404."
  type        = object({ arn = string })
  default     = null
}

variable "client_cidr_blocks" {
  description = "IPv4 ranges that may connect."
  type        = list(string)
  default     = ["0.0.0.0/0"]

  validation {
    condition     = length(var.client_cidr_blocks) > 0 && alltrue([for block in var.client_cidr_blocks : can(cidrhost(block, 0))])
    error_message = "client_cidr_blocks must name at least one IPv4 range, such as 203.0.113.0/24."
  }
}

variable "internal" {
  description = "Whether it has private addresses only."
  type        = bool
  default     = false
}

variable "idle_timeout_seconds" {
  description = "How long a connection may be silent; services behind it must keep theirs open longer, or some requests get 502."
  type        = number
  default     = 60

  validation {
    condition     = var.idle_timeout_seconds >= 1 && var.idle_timeout_seconds <= 4000
    error_message = "idle_timeout_seconds must be between 1 and 4000."
  }
}

variable "access_logs" {
  description = "Bucket that gets a line for each request; its policy must admit the load balancer. null for no logs."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete it: a new one has another address."
  type        = bool
  default     = true
}
