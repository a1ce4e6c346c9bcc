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

variable "family" {
  description = "Family of the task definition, and prefix of the names of roles and security group."
  type        = string
}

variable "service_name" {
  description = "Name of the ECS service."
  type        = string
}

variable "container_name" {
  description = "Name of the container; the service is told it as SERVICE_NAME."
  type        = string
}

variable "cluster_name" {
  description = "Name of the cluster."
  type        = string
}

variable "cluster_arn" {
  description = "ARN of the cluster."
  type        = string
}

variable "kms_key_arn" {
  description = "Key of the log group and of what `encrypted_services` names."
  type        = string
}

variable "network" {
  description = "Where tasks run; a public address only in subnets without NAT. On instances only vpc_id counts."
  type = object({
    vpc_id           = string
    subnet_ids       = list(string)
    assign_public_ip = bool
  })
}

variable "security_group_ids" {
  description = "Groups that the tasks share with others, whose rules are made elsewhere; null for a group of their own."
  type        = list(string)
  default     = null

  validation {
    condition     = var.security_group_ids == null || (length(var.caller_security_group_ids) == 0 && length(var.egress) == 0)
    error_message = "security_group_ids must be null where caller_security_group_ids or egress is given: those are rules of the group that the module makes."
  }
}

variable "caller_security_group_ids" {
  description = "Who may call the tasks beside the load balancer, by name: security groups."
  type        = map(string)
  default     = {}
}

variable "egress" {
  description = "What the tasks call beside AWS, by name: port and security group, such as a database's."
  type = map(object({
    port              = number
    security_group_id = string
  }))
  default = {}
}

variable "load_balancer" {
  description = "Listener that sends requests here, its load balancer, and which requests; null for a service that only others call. See the README for each setting."
  type = object({
    listener_arn                  = string
    security_group_id             = string
    arn_suffix                    = string
    priority                      = number
    path_patterns                 = optional(list(string), [])
    hosts                         = optional(list(string), [])
    health_check_path             = optional(string, "/health")
    health_check_codes            = optional(string, "200")
    health_check_interval_seconds = optional(number, 15)
    health_check_timeout_seconds  = optional(number, 5)
    deregistration_delay_seconds  = optional(number, 30)
    grace_seconds                 = optional(number, 60)
  })
  default = null

  # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
  validation {
    condition     = var.load_balancer == null ? true : floor(var.load_balancer.priority) == var.load_balancer.priority && var.load_balancer.priority >= 1 && var.load_balancer.priority <= 50000
    error_message = "load_balancer.priority must be a whole number between 1 and 50000, another one for each rule of a listener."
  }

  validation {
    condition     = var.load_balancer == null ? true : contains(range(1, 6), length(var.load_balancer.path_patterns) + length(var.load_balancer.hosts))
    error_message = "load_balancer.path_patterns and hosts together must have one to five values: a rule takes no more, and without any it would not say what it is for."
  }

  validation {
    condition     = var.load_balancer == null ? true : alltrue([for pattern in var.load_balancer.path_patterns : startswith(pattern, "/") || startswith(pattern, "*")]) && startswith(var.load_balancer.health_check_path, "/")
    error_message = "Each of load_balancer.path_patterns must begin with / or *, and health_check_path with /."
  }

  validation {
    condition     = var.load_balancer == null ? true : var.load_balancer.health_check_timeout_seconds >= 2 && var.load_balancer.health_check_timeout_seconds < var.load_balancer.health_check_interval_seconds && var.load_balancer.health_check_interval_seconds <= 300
    error_message = "load_balancer.health_check_timeout_seconds must be at least 2 and shorter than health_check_interval_seconds, which is at most 300."
  }

  validation {
    condition     = var.load_balancer == null ? true : var.load_balancer.deregistration_delay_seconds >= 5 && var.load_balancer.deregistration_delay_seconds <= 3600 && var.load_balancer.grace_seconds >= 0
    error_message = "load_balancer.deregistration_delay_seconds must be between 5 and 3600, so that a task that leaves can answer what it was asked; grace_seconds must not be negative."
  }
}

variable "discovery" {
  description = "Namespace of Cloud Map in which other services find the tasks, and their name in it where it is not container_name; null for none. Not on instances."
  type = object({
    namespace_id = string
    name         = optional(string)
  })
  default = null

  validation {
    condition     = var.discovery == null || var.capacity.ec2 == null
    error_message = "discovery must be null on instances: a task there has no address of its own, which is what is found."
  }
}

variable "deployment" {
  description = "Tasks that stay up, and that may run at once, during a deployment, in per cent of the running count."
  type = object({
    minimum_healthy_percent = optional(number, 100)
    maximum_percent         = optional(number, 200)
  })
  default = {}
}

variable "log_group_name" {
  description = "Log group for the container's output."
  type        = string
}

variable "log_stream_prefix" {
  description = "First part of the names of the container's log streams; null for container_name."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that the container's output is kept."
  type        = number
  default     = 14
}

variable "enable_execute_command" {
  description = "Whether people may open a shell in the container; takes the read-only root file system away."
  type        = bool
  default     = false
}

variable "exec_log_group_name" {
  description = "Log group of Exec sessions; needed when enable_execute_command is on."
  type        = string
  default     = null
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds what the task and execution role may do, whatever their own policies say; null for none."
  type        = string
  default     = null
}
