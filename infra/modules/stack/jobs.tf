# The way of a message: producers -> trigger queue -> main job -> background queue -> background job.
module "trigger_queue" {
  source = "../queue"

  location           = local.location
  name               = "${local.prefix}-main-job-triggers"
  kms_key_arn        = module.encryption.key_arn
  consumer_role_arns = [module.main_job.task_role_arn]
  sender_arns        = local.trigger_senders
  alarms             = local.queue_alarms.triggers
}

module "background_queue" {
  source = "../queue"

  location           = local.location
  name               = "${local.prefix}-background-jobs"
  kms_key_arn        = module.encryption.key_arn
  consumer_role_arns = [module.background_job.task_role_arn]
  sender_arns        = [module.main_job.task_role_arn]
  alarms             = local.queue_alarms.jobs
}

module "job_store" {
  source = "../job_store"

  location               = local.location
  ledger_name            = "${local.prefix}-ledger"
  results_bucket_name    = "${local.prefix}-results-${local.location.account_id}"
  results_retention_days = var.results_retention_days
  kms_key_arn            = module.encryption.key_arn
  deletion_protection    = var.deletion_protection
}

# Streams that a job asked for by pattern, apart from the ones by job id.
resource "aws_cloudwatch_log_group" "custom_processing" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is each environment's choice; a year is paid for by few.
  name              = local.log_groups.custom_processing
  retention_in_days = var.log_retention_days
  kms_key_id        = module.encryption.key_arn
}

locals {
  # Output by output: a module named as a whole is waited for as a whole, and the services need not wait for policies.
  consumed_queues = {
    main_job = {
      arn                        = module.trigger_queue.arn
      url                        = module.trigger_queue.url
      dead_letter_arn            = module.trigger_queue.dead_letter_arn
      dead_letter_url            = module.trigger_queue.dead_letter_url
      visibility_timeout_seconds = module.trigger_queue.visibility_timeout_seconds
      max_message_bytes          = module.trigger_queue.max_message_bytes
    }
    background_job = {
      arn                        = module.background_queue.arn
      url                        = module.background_queue.url
      dead_letter_arn            = module.background_queue.dead_letter_arn
      dead_letter_url            = module.background_queue.dead_letter_url
      visibility_timeout_seconds = module.background_queue.visibility_timeout_seconds
      max_message_bytes          = module.background_queue.max_message_bytes
    }
  }

  # What both services share, said once.
  service_defaults = {
    network                = local.task_network
    container_cpu          = var.container_cpu
    container_memory       = var.container_memory
    desired_count          = var.desired_count
    scaling                = { min_tasks = var.min_tasks, max_tasks = var.max_tasks }
    capacity               = var.capacity
    log_retention_days     = var.log_retention_days
    enable_execute_command = var.enable_execute_command
    environment = {
      ENVIRONMENT       = var.environment
      METRICS_NAMESPACE = local.prefix
    }
  }
}

module "main_job" {
  source = "../worker_service"

  location       = local.location
  family         = "${local.prefix}-main-job"
  service_name   = "${local.prefix}-main-job-service"
  container_name = "main-job"
  cluster_name   = module.cluster.name
  cluster_arn    = module.cluster.arn
  kms_key_arn    = module.encryption.key_arn

  image  = { repository = local.repository_names.main_job, digest = var.image_digests.main_job }
  queue  = local.consumed_queues.main_job
  worker = { concurrency = 8, max_in_flight = 200, log_level = var.log_level }

  environment = merge(local.service_defaults.environment, {
    NEXT_QUEUE_URL = module.background_queue.url
  })

  secrets             = var.secrets.main_job
  secret_kms_key_arns = [module.encryption.key_arn]

  permissions_boundary_arn = local.permissions_boundary_arn

  permissions = {
    QueueBackgroundJobs = { actions = ["sqs:SendMessage"], resources = [module.background_queue.arn] }
  }

  alarms = local.service_alarms["main-job"]

  log_group_name    = local.log_groups.main_job
  log_stream_prefix = "main-job"

  network                = local.service_defaults.network
  container_cpu          = local.service_defaults.container_cpu
  container_memory       = local.service_defaults.container_memory
  desired_count          = local.service_defaults.desired_count
  scaling                = merge(local.service_defaults.scaling, var.scaling.main_job)
  capacity               = local.service_defaults.capacity
  log_retention_days     = local.service_defaults.log_retention_days
  enable_execute_command = local.service_defaults.enable_execute_command
  exec_log_group_name    = module.cluster.log_group_name
}

module "background_job" {
  source = "../worker_service"

  location       = local.location
  family         = "${local.prefix}-background-job"
  service_name   = "${local.prefix}-background-job-service"
  container_name = "background-job"
  cluster_name   = module.cluster.name
  cluster_arn    = module.cluster.arn
  kms_key_arn    = module.encryption.key_arn

  image = { repository = local.repository_names.background_job, digest = var.image_digests.background_job }
  queue = local.consumed_queues.background_job
  # Nothing waits here behind a long job: what cannot start at once is left for other tasks.
  worker = { concurrency = 16, max_in_flight = 16, log_level = var.log_level }

  environment = merge(local.service_defaults.environment, {
    MAX_ATTEMPTS     = var.max_attempts
    LEDGER_TABLE     = module.job_store.ledger_name
    RESULTS_BUCKET   = module.job_store.results_bucket_name
    JOB_LOG_GROUP    = local.log_groups.background_job
    CUSTOM_LOG_GROUP = aws_cloudwatch_log_group.custom_processing.name
    FAULT_INJECTION  = var.fault_injection
  })

  secrets             = var.secrets.background_job
  secret_kms_key_arns = [module.encryption.key_arn]

  permissions_boundary_arn = local.permissions_boundary_arn

  permissions = {
    DecideOutcomes = { actions = ["dynamodb:UpdateItem"], resources = [module.job_store.ledger_arn] }
    StoreResults   = { actions = ["s3:PutObject"], resources = ["${module.job_store.results_bucket_arn}/*"] }
    WriteJobLogs = {
      actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = [
        for name in [local.log_groups.background_job, local.log_groups.custom_processing] :
        "arn:${local.location.partition}:logs:${local.location.region}:${local.location.account_id}:log-group:${name}:*"
      ]
    }
  }

  # The ledger has a data key already, which is decrypted; each result takes one of its bucket's key.
  encrypted_services     = { dynamodb = ["kms:Decrypt"], s3 = ["kms:Decrypt", "kms:GenerateDataKey"] }
  enable_task_protection = true

  alarms = local.service_alarms["background-job"]

  log_group_name    = local.log_groups.background_job
  log_stream_prefix = "background-job-processor"

  network                = local.service_defaults.network
  container_cpu          = local.service_defaults.container_cpu
  container_memory       = local.service_defaults.container_memory
  desired_count          = local.service_defaults.desired_count
  scaling                = merge(local.service_defaults.scaling, var.scaling.background_job)
  capacity               = local.service_defaults.capacity
  log_retention_days     = local.service_defaults.log_retention_days
  enable_execute_command = local.service_defaults.enable_execute_command
  exec_log_group_name    = module.cluster.log_group_name
}
