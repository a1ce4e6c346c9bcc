variable "name" {
  description = "Name of the database instance, and prefix of the names around it."
  type        = string

  # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) <= 52
    error_message = "name must be up to 52 lower-case letters, digits and single dashes, beginning with a letter: <name>-final has to fit the 63 of RDS."
  }
}

variable "network" {
  description = "Where it is: subnets in at least two zones, without a way out where there are some (network's data_subnet_ids)."
  type = object({
    vpc_id     = string
    subnet_ids = list(string)
  })

  validation {
    condition     = length(var.network.subnet_ids) >= 2
    error_message = "network.subnet_ids must name at least two subnets, each in another zone: a standby needs the second."
  }
}

variable "client_security_group_ids" {
  description = "Security groups that may connect, each under a name of yours that the first plan knows, such as { order = ... }."
  type        = map(string)

  validation {
    condition     = length(var.client_security_group_ids) > 0
    error_message = "client_security_group_ids must name at least one group: nobody else reaches the database."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the storage, its backups, the password and the logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key, such as arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555."
  }
}

variable "engine_version" {
  description = "PostgreSQL's version; of 17 alone RDS takes the newest minor one, and keeps to it."
  type        = string
  default     = "17"

  validation {
    condition     = can(regex("^1[4-9]([.][0-9]+)?$", var.engine_version))
    error_message = "engine_version must be a major version from 14 to 19, such as 17, or one with its minor version, such as 17.6."
  }
}

variable "allow_major_version_upgrade" {
  description = "Whether another major engine_version may be applied. Set it for the upgrade alone."
  type        = bool
  default     = false
}

variable "instance_class" {
  description = "Size of the instance."
  type        = string
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db[.][a-z0-9]+[.][a-z0-9]+$", var.instance_class))
    error_message = "instance_class must be one of RDS's classes, such as db.t4g.micro."
  }
}

variable "multi_az" {
  description = "Whether a standby in another zone takes over when the first fails, for twice the price."
  type        = bool
  default     = false
}

variable "database_name" {
  description = "Database that is made with the instance."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database_name)) && !contains(["postgres", "template0", "template1", "rdsadmin"], var.database_name)
    error_message = "database_name must be up to 63 lower-case letters, digits and underscores, beginning with a letter, and none of PostgreSQL's own (postgres, template0, template1, rdsadmin)."
  }
}

variable "master_username" {
  description = "User with all rights, for migrations. Services had better have users of their own."
  type        = string
  default     = "master_user"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.master_username)) && !contains(["admin", "postgres", "rdsadmin", "rds_superuser"], var.master_username)
    error_message = "master_username must be up to 63 lower-case letters, digits and underscores, beginning with a letter, and not admin, postgres, rdsadmin or rds_superuser."
  }
}

variable "port" {
  description = "Port that it listens on."
  type        = number
  default     = 5432

  validation {
    condition     = var.port >= 1150 && var.port <= 65535
    error_message = "port must be between 1150 and 65535, the range of RDS."
  }
}

variable "storage_gib" {
  description = "Storage to begin with."
  type        = number
  default     = 20

  validation {
    condition     = var.storage_gib >= 20 && var.storage_gib <= 65536
    error_message = "storage_gib must be between 20 and 65536, the range of gp3."
  }
}

variable "max_storage_gib" {
  description = "Up to where RDS enlarges the storage by itself before it is full."
  type        = number
  default     = 100

  # RDS wants a tenth more at least: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
  validation {
    condition     = var.max_storage_gib >= var.storage_gib * 1.1 && var.max_storage_gib <= 65536
    error_message = "max_storage_gib must be at least a tenth more than storage_gib, and at most 65536."
  }
}

variable "backup_retention_days" {
  description = "Days back to any second of which the database can be restored."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_retention_days >= 1 && var.backup_retention_days <= 35
    error_message = "backup_retention_days must be between 1 and 35: 0 would switch backups off."
  }
}

variable "backup_window" {
  description = "When the daily backup begins, in UTC; apart from maintenance_window."
  type        = string
  default     = "02:00-03:00"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window))
    error_message = "backup_window must be a span of the day in UTC, such as 02:00-03:00."
  }
}

variable "maintenance_window" {
  description = "When AWS may restart it for upgrades, in UTC."
  type        = string
  default     = "sun:04:00-sun:05:00"

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window))
    error_message = "maintenance_window must be a span of the week in UTC, such as sun:04:00-sun:05:00."
  }
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps its logs (errors, slow statements, changes of the schema, upgrades); null leaves them on the instance, for three days."
  type        = number
  default     = 7

  validation {
    condition     = var.log_retention_days == null || contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], coalesce(var.log_retention_days, 1))
    error_message = "log_retention_days must be one of CloudWatch's values: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653; or null."
  }
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete it, and a last snapshot is taken when it goes after all."
  type        = bool
  default     = true
}
