locals {
  # The major version, of which RDS names families of parameters and of logs.
  engine_major = split(".", var.engine_version)[0]
}

resource "aws_db_subnet_group" "this" {
  name        = var.name
  description = "Where ${var.name} may be."
  subnet_ids  = var.network.subnet_ids
}

resource "aws_db_parameter_group" "this" {
  # The family is part of the name: a group cannot change it, and the old one is in use until the upgrade is done.
  name        = "${var.name}-postgres${local.engine_major}"
  family      = "postgres${local.engine_major}"
  description = "Parameters of ${var.name}."

  # Encryption on the way, too: a client that asks for none is refused.
  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # Statements that take longer than a second are what to look at first; shorter ones would fill the log.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  # Changes of the schema and nothing else: values in other statements are people's data.
  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_118:Readings of the host by the second need a role and are paid for; CloudWatch's by the minute are free.
  #checkov:skip=CKV_AWS_353:Insights into load are paid for by what is kept; the log of slow statements is there from the start.
  #checkov:skip=CKV_AWS_354:The same.
  #checkov:skip=CKV_AWS_157:A standby doubles the price: multi_az switches it on.
  identifier = var.name

  engine         = "postgres"
  engine_version = var.engine_version
  instance_class = var.instance_class
  multi_az       = var.multi_az
  db_name        = var.database_name
  port           = var.port

  storage_type          = "gp3"
  allocated_storage     = var.storage_gib
  max_allocated_storage = var.max_storage_gib

  # Cannot be changed later, and so cannot be switched off here.
  storage_encrypted = true
  kms_key_id        = var.kms_key_arn

  # RDS draws the password, keeps it in Secrets Manager and renews it every week: no plan, state or person has it.
  username                      = var.master_username
  manage_master_user_password   = true
  master_user_secret_kms_key_id = var.kms_key_arn

  # Services may also come as themselves, by a token of IAM.
  iam_database_authentication_enabled = true

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.this.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  parameter_group_name = aws_db_parameter_group.this.name

  # Minor versions come by themselves, in the maintenance window; a major one is an upgrade that somebody asks for.
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = var.allow_major_version_upgrade

  backup_retention_period = var.backup_retention_days
  backup_window           = var.backup_window
  maintenance_window      = var.maintenance_window
  copy_tags_to_snapshot   = true

  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${var.name}-final" : null
  delete_automated_backups  = !var.deletion_protection

  enabled_cloudwatch_logs_exports = keys(aws_cloudwatch_log_group.exported)
}
