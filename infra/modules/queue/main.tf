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

# Redrive and policies are set apart from the queues: both queues are then made at once, and what needs only a queue's
# URL starts half a minute earlier, for the provider watches each of these for 25 s. And SQS refuses a policy that
# names a role made a moment ago, until IAM has spread it: these resources try again, a queue would not.
resource "aws_sqs_queue_redrive_policy" "this" {
  queue_url = aws_sqs_queue.this.url

  # Workers dead-letter by themselves, with a reason. This count only catches what no worker can decide.
  redrive_policy = jsonencode({
    deadLetterTargetArn = local.dead_letter_arn
    maxReceiveCount     = var.max_receive_count
  })

  # By name above, so that a first plan knows it; SQS wants the target to exist.
  depends_on = [aws_sqs_queue.dead_letter]
}

resource "aws_sqs_queue_policy" "this" {
  queue_url = aws_sqs_queue.this.url
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_sqs_queue_policy" "dead_letter" {
  queue_url = aws_sqs_queue.dead_letter.url
  policy    = data.aws_iam_policy_document.dead_letter.json
}
