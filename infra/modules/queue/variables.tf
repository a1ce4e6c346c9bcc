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
  description = "Name of the queue; its dead-letter queue is <name>-dlq."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,76}$", var.name))
    error_message = "name may hold up to 76 letters, digits, dashes and underscores, so that <name>-dlq fits the 80 of SQS."
  }
}

variable "kms_key_arn" {
  description = "Key that encrypts the messages of both queues."
  type        = string
}

variable "kms_data_key_reuse_seconds" {
  description = "How long SQS reuses a data key before it asks KMS again."
  type        = number
  default     = 300

  validation {
    condition     = var.kms_data_key_reuse_seconds >= 60 && var.kms_data_key_reuse_seconds <= 86400
    error_message = "kms_data_key_reuse_seconds must be between 60 and 86400."
  }
}

variable "consumer_role_arns" {
  description = "Roles that receive, and that dead-letter by themselves."
  type        = list(string)

  validation {
    condition     = length(var.consumer_role_arns) > 0 && alltrue([for arn in var.consumer_role_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/.+$", arn))])
    error_message = "consumer_role_arns must name at least one role by ARN, such as arn:aws:iam::111122223333:role/worker."
  }
}

variable "sender_arns" {
  description = "IAM principals (ARNs), also of other accounts, that may send to the queue."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.sender_arns : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:.+$", arn))])
    error_message = "Each sender_arns entry must be the ARN of an IAM principal, such as arn:aws:iam::111122223333:role/producer; a * would let everybody send."
  }
}

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden; workers extend it by heartbeat, so it may be short."
  type        = number
  default     = 30

  validation {
    condition     = var.visibility_timeout_seconds >= 1 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be between 1 and 43200 (12 hours)."
  }
}

variable "message_retention_seconds" {
  description = "How long the queue keeps a message that nobody deletes."
  type        = number
  default     = 345600 # 4 days

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= 1209600
    error_message = "message_retention_seconds must be between 60 and 1209600 (14 days)."
  }
}

variable "dead_letter_retention_seconds" {
  description = "How long the dead-letter queue keeps a message, counted from when it was FIRST sent."
  type        = number
  default     = 1209600 # 14 days

  validation {
    condition     = var.dead_letter_retention_seconds <= 1209600
    error_message = "dead_letter_retention_seconds must be at most 1209600 (14 days)."
  }

  # A dead letter keeps its original enqueue time: with equal retentions it would expire on arrival.
  validation {
    condition     = var.dead_letter_retention_seconds > var.message_retention_seconds
    error_message = "dead_letter_retention_seconds must be longer than message_retention_seconds, or dead letters expire unseen."
  }
}

variable "max_receive_count" {
  description = "Receives after which SQS itself dead-letters. A backstop: drains and bounces spend receives too."
  type        = number
  default     = 100

  validation {
    condition     = var.max_receive_count >= 10 && var.max_receive_count <= 1000 && floor(var.max_receive_count) == var.max_receive_count
    error_message = "max_receive_count must be a whole number between 10 and 1000: below 10 SQS would dead-letter, without a reason, what the workers still retry."
  }
}

variable "max_message_bytes" {
  description = "Largest message that the queue accepts."
  type        = number
  default     = 262144

  validation {
    condition     = var.max_message_bytes >= 1024 && var.max_message_bytes <= 262144
    error_message = "max_message_bytes must be between 1024 and 262144 (256 KiB)."
  }
}

variable "receive_wait_time_seconds" {
  description = "Long poll for callers that ask for none."
  type        = number
  default     = 20

  validation {
    condition     = var.receive_wait_time_seconds >= 0 && var.receive_wait_time_seconds <= 20
    error_message = "receive_wait_time_seconds must be between 0 and 20."
  }
}

variable "alarms" {
  description = "Alarms on the queue and its dead letters: topic, runbook (a document with the alarms' common part of an anchor) and thresholds; without depth there is no alarm on it. Null for no alarms."
  type = object({
    topic_arn = string
    runbook   = string
    depth = optional(object({
      messages = number
      minutes  = optional(number, 15)
    }))
    oldest_message_seconds = optional(number, 900)
  })
  default = null

  validation {
    condition     = var.alarms == null || can(regex("^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:.+$", var.alarms.topic_arn))
    error_message = "alarms.topic_arn must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:111122223333:alerts."
  }

  validation {
    condition     = var.alarms == null || can(regex("^[^#]+#[a-z0-9-]+$", var.alarms.runbook))
    error_message = "alarms.runbook must be a document and the beginning of an anchor, such as docs/runbooks.md#orders: each alarm adds its own name."
  }

  validation {
    condition     = try(var.alarms.depth, null) == null || try(var.alarms.depth.messages >= 1 && floor(var.alarms.depth.messages) == var.alarms.depth.messages, false)
    error_message = "alarms.depth.messages must be a whole number of at least 1."
  }

  # CloudWatch looks back over a day at most.
  validation {
    condition     = try(var.alarms.depth, null) == null || try(var.alarms.depth.minutes >= 1 && var.alarms.depth.minutes <= 1440 && floor(var.alarms.depth.minutes) == var.alarms.depth.minutes, false)
    error_message = "alarms.depth.minutes must be a whole number between 1 and 1440 (a day)."
  }

  validation {
    condition     = var.alarms == null || try(var.alarms.oldest_message_seconds >= 60 && var.alarms.oldest_message_seconds < var.message_retention_seconds, false)
    error_message = "alarms.oldest_message_seconds must be at least 60 and less than message_retention_seconds: beyond it the message is gone."
  }
}
