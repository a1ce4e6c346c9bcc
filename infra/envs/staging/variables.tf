variable "project_name" {
  description = "Name of the product; every name begins with it. null: what ../product.json says."
  type        = string
  default     = null
}

variable "aws_region" {
  description = "Region of the environment. null: what ../product.json says."
  type        = string
  default     = null
}

variable "image_digests" {
  description = "The release: digest of each service's image. The default is a placeholder that plans, and runs nothing."
  type = object({
    main_job       = string
    background_job = string
  })
  default = {
    main_job       = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
    background_job = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
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
  description = "Tasks of each service to begin with; later changes are left to scaling. null: what main.tf says."
  type        = number
  default     = null
}

variable "min_tasks" {
  description = "Tasks of each service at least, 0 to let it sleep. null: what main.tf says."
  type        = number
  default     = null
}

variable "max_tasks" {
  description = "Tasks of each service at most. null: what main.tf says."
  type        = number
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept; one of CloudWatch's values. null: what main.tf says."
  type        = number
  default     = null
}

variable "trigger_producer_arns" {
  description = "IAM principals (ARNs) that may send triggers: operators, other accounts, a scheduler's role."
  type        = list(string)
  default     = []
}

variable "alert_email" {
  description = "Address that gets every alert; null for none."
  type        = string
  default     = null
}

variable "existing_network" {
  description = "VPC and subnets to use instead of creating a network."
  type = object({
    vpc_id           = string
    subnet_ids       = list(string)
    assign_public_ip = optional(bool, false)
  })
  default = null
}

variable "enable_execute_command" {
  description = "Whether people may open a shell in the containers (ECS Exec)."
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

variable "deployed_by_github" {
  description = "Whether GitHub deploys the environment: every role carries the permissions boundary, and the trigger queue admits the roles that deploy here and that test the load, which send triggers. The root shared makes all of them, so it is applied first. null: whether ../product.json names a repository."
  type        = bool
  default     = null
}
