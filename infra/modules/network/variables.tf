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
  description = "Name of the VPC and prefix of the names in it."
  type        = string
}

variable "cidr_block" {
  description = "Range of the VPC; each subnet takes a 32nd of it, unless subnet_cidr_blocks says otherwise."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && try(tonumber(split("/", var.cidr_block)[1]), 0) >= 16 && try(tonumber(split("/", var.cidr_block)[1]), 99) <= 23
    error_message = "cidr_block must be an IPv4 range between /16 and /23, such as 10.0.0.0/16."
  }
}

variable "subnet_cidr_blocks" {
  description = "Ranges of the subnets by zone, such as public = { a = \"10.0.1.0/24\", b = \"10.0.2.0/24\" }; a kind left out takes its 32nds."
  type = object({
    public  = optional(map(string))
    private = optional(map(string))
    data    = optional(map(string))
  })
  default = {}

  validation {
    condition     = alltrue([for blocks in values(var.subnet_cidr_blocks) : toset(keys(blocks)) == toset(var.zones) if blocks != null])
    error_message = "Each kind in subnet_cidr_blocks must name a range for each of zones, and for no other."
  }

  # A range is inside another where, cut to the other's length, both begin alike.
  validation {
    condition = alltrue(flatten([for blocks in values(var.subnet_cidr_blocks) : [
      for block in values(blocks) : try(
        cidrsubnet(block, 0, 0) == block && tonumber(split("/", block)[1]) >= tonumber(split("/", var.cidr_block)[1]) && cidrsubnet("${split("/", block)[0]}/${split("/", var.cidr_block)[1]}", 0, 0) == cidrsubnet(var.cidr_block, 0, 0)
      , false)
    ] if blocks != null]))
    error_message = "Each of subnet_cidr_blocks must be a range inside cidr_block that begins at its own first address, such as 10.0.1.0/24."
  }
}

variable "data_subnets" {
  description = "Whether there is a third subnet in each zone, without a way out, for databases."
  type        = bool
  default     = false
}

variable "zones" {
  description = "Letters of the availability zones in use."
  type        = list(string)
  default     = ["a", "b"]

  validation {
    condition     = length(var.zones) >= 2 && length(distinct(var.zones)) == length(var.zones) && alltrue([for zone in var.zones : contains(["a", "b", "c", "d", "e", "f"], zone)])
    error_message = "zones must be at least two different letters from a to f, so that one zone may fail."
  }
}

variable "nat" {
  description = "none: tasks in public subnets, no NAT to pay for. single: private subnets, one NAT gateway. per_az: one a zone."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["none", "single", "per_az"], var.nat)
    error_message = "nat must be none, single or per_az."
  }
}

variable "interface_endpoints" {
  description = "AWS services to reach by private addresses, as in com.amazonaws.<region>.<service>; paid by the hour and zone."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.interface_endpoints : can(regex("^[a-z0-9-]+([.][a-z0-9-]+)?$", service)) && !startswith(service, "com.")])
    error_message = "Each of interface_endpoints must be the last part of an endpoint's name, such as sqs or ecr.api."
  }

  validation {
    condition     = !contains(var.interface_endpoints, "s3") && !contains(var.interface_endpoints, "dynamodb")
    error_message = "interface_endpoints must not name s3 or dynamodb: they have gateway endpoints, which cost nothing."
  }

  validation {
    condition     = length(distinct(var.interface_endpoints)) == length(var.interface_endpoints)
    error_message = "interface_endpoints must name each service once."
  }
}

variable "flow_logs" {
  description = "Where and what to log of the traffic (traffic: ALL, ACCEPT or REJECT); null for no flow logs."
  type = object({
    retention_days = number
    kms_key_arn    = string
    traffic        = optional(string, "REJECT")
  })
  default = null

  validation {
    condition     = var.flow_logs == null || contains(["ALL", "ACCEPT", "REJECT"], try(var.flow_logs.traffic, ""))
    error_message = "flow_logs.traffic must be ALL, ACCEPT or REJECT."
  }

  validation {
    condition     = var.flow_logs == null || contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], try(var.flow_logs.retention_days, 0))
    error_message = "flow_logs.retention_days must be one of CloudWatch's values: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the role of the flow logs may do, whatever its own policy says; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[a-z-]+:iam::[0-9]{12}:policy/.+$", var.permissions_boundary_arn))
    error_message = "permissions_boundary_arn must be the ARN of an IAM policy, such as arn:aws:iam::111122223333:policy/shop-dev-boundary, or null."
  }
}
