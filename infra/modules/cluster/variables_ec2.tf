variable "ec2_capacity" {
  description = "EC2 instances for tasks in bridge mode, beside Fargate: see the README for each setting. Null for none."
  type = object({
    vpc_id                    = string
    subnet_ids                = list(string)
    assign_public_ip          = optional(bool, false)
    instance_type             = optional(string, "t3.small")
    min_instances             = optional(number, 1)
    max_instances             = optional(number, 4)
    disk_gib                  = optional(number, 30)
    target_capacity_percent   = optional(number, 100)
    caller_security_group_ids = optional(map(string), {})
    egress                    = optional(map(object({ port = number, security_group_id = string })), {})
    permissions_boundary_arn  = optional(string)
  })
  default = null

  # The task definitions name X86_64.
  validation {
    condition     = var.ec2_capacity == null ? true : can(regex("^[a-z]+[0-9]+[a-z-]*\\.[a-z0-9-]+$", var.ec2_capacity.instance_type)) && !can(regex("^(a1|[a-z]+[0-9]+g[a-z]*)\\.", var.ec2_capacity.instance_type))
    error_message = "ec2_capacity.instance_type must be a type with x86 processors, such as t3.small or m7i.large: the images are built for them."
  }

  validation {
    condition     = var.ec2_capacity == null ? true : floor(var.ec2_capacity.min_instances) == var.ec2_capacity.min_instances && floor(var.ec2_capacity.max_instances) == var.ec2_capacity.max_instances && 0 <= var.ec2_capacity.min_instances && var.ec2_capacity.min_instances <= var.ec2_capacity.max_instances && 1 <= var.ec2_capacity.max_instances && var.ec2_capacity.max_instances <= 100
    error_message = "ec2_capacity.min_instances and max_instances must be whole numbers, the first at least 0 and at most the second, which is between 1 and 100."
  }

  # The image of AWS needs 30 GiB.
  validation {
    condition     = var.ec2_capacity == null ? true : var.ec2_capacity.disk_gib >= 30 && var.ec2_capacity.disk_gib <= 1000
    error_message = "ec2_capacity.disk_gib must be between 30, which AWS's image needs, and 1000."
  }

  validation {
    condition     = var.ec2_capacity == null ? true : var.ec2_capacity.target_capacity_percent >= 1 && var.ec2_capacity.target_capacity_percent <= 100
    error_message = "ec2_capacity.target_capacity_percent must be between 1 and 100: the share of the instances that tasks should fill."
  }

  validation {
    condition     = var.ec2_capacity == null ? true : length(var.ec2_capacity.subnet_ids) >= 1
    error_message = "ec2_capacity.subnet_ids must name a subnet at least."
  }
}
