variable "project_name" {
  description = "Name of the product; every name begins with <project_name>-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.project_name))
    error_message = "project_name must be lower-case letters, digits and dashes, beginning with a letter."
  }

  # <project_name>-<environment>-background-job-execution must fit the 64 characters of a role's name.
  validation {
    condition     = length("${var.project_name}-${var.environment}") <= 39
    error_message = "project_name and environment together may have 38 characters, so that the longest role name fits."
  }
}

variable "environment" {
  description = "Name of the environment, such as dev."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,8}$", var.environment)) && !contains(["shared", "github"], var.environment)
    error_message = "environment must be 2 to 9 lower-case letters and digits, beginning with a letter, and not shared or github, whose names are taken."
  }
}

variable "image_digests" {
  description = "The release: digest of each service's image. The only input of a deployment."
  type = object({
    main_job       = string
    background_job = string
  })

  validation {
    condition     = alltrue([for digest in values(var.image_digests) : can(regex("^sha256:[0-9a-f]{64}$", digest))])
    error_message = "Each of image_digests must be sha256: and 64 hexadecimal digits."
  }
}

variable "trigger_producer_arns" {
  description = "IAM principals (ARNs) that may send triggers, and use the key to do so: operators, other accounts, a scheduler's role."
  type        = list(string)
  default     = []
}

variable "network" {
  description = "The network to create: range, zones, nat (none, single or per_az), flow logs, and interface endpoints for what tasks call. Unused with existing_network."
  type = object({
    cidr_block          = optional(string, "10.0.0.0/16")
    zones               = optional(list(string), ["a", "b"])
    nat                 = optional(string, "none")
    flow_logs           = optional(bool, false)
    interface_endpoints = optional(bool, false)
  })
  default = {}
}

variable "existing_network" {
  description = "VPC and subnets to use instead of creating a network; assign_public_ip for subnets without NAT."
  type = object({
    vpc_id           = string
    subnet_ids       = list(string)
    assign_public_ip = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.existing_network == null || (can(regex("^vpc-[0-9a-f]+$", var.existing_network.vpc_id)) && try(length(var.existing_network.subnet_ids), 0) > 0)
    error_message = "existing_network needs a vpc_id such as vpc-0abc and at least one of its subnets."
  }
}

variable "container_cpu" {
  description = "CPU units of a task; 1024 are one vCPU."
  type        = number
  default     = 256
}

variable "container_memory" {
  description = "Memory of a task in MiB; Fargate offers certain pairs with container_cpu only."
  type        = number
  default     = 512
}

variable "desired_count" {
  description = "Tasks of each service to begin with; later changes are left to scaling."
  type        = number
  default     = 1

  validation {
    condition     = var.desired_count >= var.min_tasks && var.desired_count <= var.max_tasks
    error_message = "desired_count must be between min_tasks and max_tasks."
  }
}

variable "min_tasks" {
  description = "Tasks of each service at least; 0 lets it sleep while its queue is empty, and wakes it on the first message."
  type        = number
  default     = 1
}

variable "max_tasks" {
  description = "Tasks of each service at most."
  type        = number
  default     = 10
}

variable "scaling" {
  description = "For each service: how long a message may wait, and how long one takes on average. docs/scaling.md says how to choose."
  type = object({
    main_job = optional(object({
      acceptable_wait_seconds = optional(number, 60)
      mean_job_seconds        = optional(number, 0.05)
    }), {})
    background_job = optional(object({
      acceptable_wait_seconds = optional(number, 60)
      mean_job_seconds        = optional(number, 1)
    }), {})
  })
  default = {}
}

variable "capacity" {
  description = "How tasks spread over Fargate and Fargate Spot."
  type = object({
    fargate      = optional(object({ base = optional(number, 0), weight = number }))
    fargate_spot = optional(object({ base = optional(number, 0), weight = number }))
  })
  default = {
    fargate      = { base = 1, weight = 1 }
    fargate_spot = { weight = 3 }
  }
}

variable "max_attempts" {
  description = "Attempts after which a background job is dead-lettered with its last reason."
  type        = number
  default     = 5

  # SQS itself dead-letters after 100 receives, and drains and bounces spend some of them too.
  validation {
    condition     = var.max_attempts >= 1 && var.max_attempts <= 20
    error_message = "max_attempts must be between 1 and 20, well below the queue's own maxReceiveCount of 100."
  }
}

variable "log_level" {
  description = "Lowest level of the services' own log lines."
  type        = string
  default     = "INFO"
}

variable "log_retention_days" {
  description = "Days that logs are kept; one of CloudWatch's values."
  type        = number
  default     = 14
}

variable "results_retention_days" {
  description = "Days after which a job's result expires."
  type        = number
  default     = 30
}

variable "alert_email" {
  description = "Address that gets every alert; null for none."
  type        = string
  default     = null
}

variable "ec2_capacity" {
  description = "EC2 instances beside Fargate, in the tasks' network, for web services of the same cluster: type, bounds, and who calls them; null for none."
  type = object({
    instance_type             = optional(string, "t3.small")
    min_instances             = optional(number, 1)
    max_instances             = optional(number, 4)
    caller_security_group_ids = optional(map(string), {})
  })
  default = null
}

variable "scaling_notices" {
  description = "Whether the alerts' topic is also told of scaling: a service at its maximum, a count that ECS changed, an instance that came or went."
  type        = bool
  default     = false
}

variable "secrets" {
  description = "Secrets of each service: environment variable name => ARN of an SSM parameter or a Secrets Manager secret."
  type = object({
    main_job       = optional(map(string), {})
    background_job = optional(map(string), {})
  })
  default = {}
}

variable "fault_injection" {
  description = "Whether jobs may ask the background job to fail on purpose: on or off. Never on in prod."
  type        = string
  default     = "off"

  validation {
    condition     = contains(["on", "off"], var.fault_injection)
    error_message = "fault_injection must be on or off."
  }

  validation {
    condition     = var.fault_injection == "off" || var.environment != "prod"
    error_message = "fault_injection must be off in prod."
  }
}

variable "deletion_protection" {
  description = "Whether destroy refuses while the ledger or the results hold anything."
  type        = bool
  default     = true
}

variable "enable_execute_command" {
  description = "Whether people may open a shell in the containers (ECS Exec); takes the read-only root file system away."
  type        = bool
  default     = false
}

variable "deployed_by_github" {
  description = "Whether GitHub deploys the environment: every role carries the permissions boundary, and the trigger queue admits the roles that deploy here and that test the load, which send triggers. The root shared makes all of them, so it is applied first."
  type        = bool
  default     = false
}
