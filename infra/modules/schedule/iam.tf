resource "aws_iam_role" "this" {
  name               = local.role_name
  description        = "What the schedules of ${var.name} may do."
  assume_role_policy = data.aws_iam_policy_document.trust.json

  permissions_boundary = var.permissions_boundary_arn
}

data "aws_iam_policy_document" "trust" {
  # The conditions keep the Scheduler from being talked into taking the role by schedules of others.
  statement {
    sid     = "SchedulesOfThisGroup"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.location.account_id]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["${local.scheduler_arn_prefix}:schedule-group/${var.name}"]
    }
  }
}

resource "aws_iam_role_policy" "send" {
  name   = "send"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.send.json
}

data "aws_iam_policy_document" "send" {
  statement {
    sid       = "SendToQueue"
    actions   = ["sqs:SendMessage"]
    resources = [var.queue.arn]
  }

  statement {
    sid       = "KeepWhatCannotBeSent"
    actions   = ["sqs:SendMessage"]
    resources = [local.dead_letter_arn]
  }
}

# A policy of its own, because the key's id is the one thing that a first plan cannot know.
resource "aws_iam_role_policy" "encryption" {
  name   = "encryption"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.encryption.json
}

data "aws_iam_policy_document" "encryption" {
  # SQS asks for Decrypt too: it verifies the data key before it encrypts the message.
  statement {
    sid       = "EncryptMessages"
    actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
    resources = distinct([var.queue.kms_key_arn, var.kms_key_arn])

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["sqs.${var.location.region}.${var.location.dns_suffix}"]
    }
  }

  # The schedules themselves hold the messages, encrypted.
  statement {
    sid       = "ReadSchedules"
    actions   = ["kms:Decrypt"]
    resources = [var.kms_key_arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["scheduler.${var.location.region}.${var.location.dns_suffix}"]
    }
  }
}
