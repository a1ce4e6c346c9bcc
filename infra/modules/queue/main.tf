locals {
  dead_letter_name = "${var.name}-dlq"
  arn_prefix       = "arn:${var.location.partition}:sqs:${var.location.region}:${var.location.account_id}"
  url_prefix       = "https://sqs.${var.location.region}.${var.location.dns_suffix}/${var.location.account_id}"

  queue_arn       = "${local.arn_prefix}:${var.name}"
  dead_letter_arn = "${local.arn_prefix}:${local.dead_letter_name}"
}

resource "aws_sqs_queue" "this" {
  name = var.name

  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.message_retention_seconds
  max_message_size           = var.max_message_bytes
  receive_wait_time_seconds  = var.receive_wait_time_seconds

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_data_key_reuse_seconds

  # Workers dead-letter by themselves, with a reason. This count only catches what no worker can decide.
  redrive_policy = jsonencode({
    deadLetterTargetArn = local.dead_letter_arn
    maxReceiveCount     = var.max_receive_count
  })

  policy = data.aws_iam_policy_document.queue.json

  # By name above, so that a first plan knows it; SQS wants the target to exist.
  depends_on = [aws_sqs_queue.dead_letter]
}

resource "aws_sqs_queue" "dead_letter" {
  name = local.dead_letter_name

  visibility_timeout_seconds = var.visibility_timeout_seconds
  message_retention_seconds  = var.dead_letter_retention_seconds
  max_message_size           = var.max_message_bytes
  receive_wait_time_seconds  = var.receive_wait_time_seconds

  kms_master_key_id                 = var.kms_key_arn
  kms_data_key_reuse_period_seconds = var.kms_data_key_reuse_seconds

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

# SQS refuses a policy that names a role made a moment ago, until IAM has spread it. This resource then tries again,
# which a queue does not; so here it is apart, while the queue itself, made half a minute later, carries its policy.
resource "aws_sqs_queue_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.url
  policy    = data.aws_iam_policy_document.dead_letter.json
}
