# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_resource "aws_db_instance" {
    defaults = {
      address            = "shop-dev.c0ffee.us-east-1.rds.amazonaws.com"
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-1-AbCdEf" }]
    }
  }
}

variables {
  name                      = "shop-dev"
  database_name             = "shop"
  network                   = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"] }
  client_security_group_ids = { order = "sg-1", customer = "sg-2" }
  kms_key_arn               = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}

run "it_is_encrypted_private_and_backed_up" {
  command = plan

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.kms_key_arn && !aws_db_instance.this.publicly_accessible
    error_message = "Storage must be encrypted, and no address public."
  }

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 7 && aws_db_instance.this.copy_tags_to_snapshot
    error_message = "There must be backups."
  }

  assert {
    condition     = one([for parameter in aws_db_parameter_group.this.parameter : parameter.value if parameter.name == "rds.force_ssl"]) == "1" && aws_db_parameter_group.this.family == "postgres17"
    error_message = "Connections must be encrypted."
  }

  assert {
    condition     = aws_db_instance.this.instance_class == "db.t4g.micro" && aws_db_instance.this.engine == "postgres" && !aws_db_instance.this.multi_az
    error_message = "Small is the beginning."
  }
}

run "nobody_has_the_password" {
  command = apply

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null && aws_db_instance.this.master_user_secret_kms_key_id == var.kms_key_arn
    error_message = "RDS must draw and keep the password."
  }

  assert {
    condition     = output.secret_arn == "arn:aws:secretsmanager:us-east-1:111122223333:secret:rds!db-1-AbCdEf" && output.endpoint == "shop-dev.c0ffee.us-east-1.rds.amazonaws.com" && output.port == 5432
    error_message = "Services must learn where the database and its password are."
  }
}

run "only_named_groups_come_in_and_nothing_goes_out" {
  command = apply

  assert {
    condition     = [for name in ["customer", "order"] : aws_vpc_security_group_ingress_rule.clients[name].referenced_security_group_id] == ["sg-2", "sg-1"] && length(aws_vpc_security_group_ingress_rule.clients) == 2
    error_message = "Each group that is named must have its rule, and nobody else one."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.clients : rule.from_port == 5432 && rule.to_port == 5432 && rule.cidr_ipv4 == null && rule.security_group_id == aws_security_group.this.id])
    error_message = "The only door must be PostgreSQL's port, for groups and not for addresses."
  }

  assert {
    condition     = aws_db_instance.this.vpc_security_group_ids == toset([aws_security_group.this.id])
    error_message = "No other group may open it."
  }
}

run "it_is_kept_from_being_deleted" {
  command = plan

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && aws_db_instance.this.final_snapshot_identifier == "shop-dev-final" && !aws_db_instance.this.delete_automated_backups
    error_message = "Records must not go by accident."
  }
}

run "an_environment_for_experiments_comes_apart" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = !aws_db_instance.this.deletion_protection && aws_db_instance.this.skip_final_snapshot
    error_message = "It must be deletable in one command."
  }
}

run "its_logs_are_encrypted_and_forgotten" {
  command = plan

  assert {
    condition     = aws_cloudwatch_log_group.exported["postgresql"].name == "/aws/rds/instance/shop-dev/postgresql" && alltrue([for group in aws_cloudwatch_log_group.exported : group.retention_in_days == 7 && group.kms_key_id == var.kms_key_arn])
    error_message = "RDS writes to groups of these names; left to itself it makes them for ever."
  }

  assert {
    condition     = aws_db_instance.this.enabled_cloudwatch_logs_exports == toset(["postgresql", "upgrade"])
    error_message = "Both logs must be exported."
  }
}

run "logs_may_stay_on_the_instance" {
  command = plan

  variables {
    log_retention_days = null
  }

  assert {
    condition     = length(aws_cloudwatch_log_group.exported) == 0 && length(aws_db_instance.this.enabled_cloudwatch_logs_exports) == 0
    error_message = "Nothing of them may exist."
  }
}

run "a_standby_another_port_and_another_version_are_a_variable_each" {
  command = plan

  variables {
    multi_az       = true
    port           = 6432
    engine_version = "16.8"
  }

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.port == 6432 && aws_vpc_security_group_ingress_rule.clients["order"].to_port == 6432 && aws_db_parameter_group.this.family == "postgres16"
    error_message = "The door and the parameters must follow."
  }
}

run "refuses_a_name_with_two_dashes" {
  command = plan

  variables {
    name = "shop--dev"
  }

  expect_failures = [var.name]
}

run "refuses_a_single_subnet" {
  command = plan

  variables {
    network = { vpc_id = "vpc-1", subnet_ids = ["subnet-1"] }
  }

  expect_failures = [var.network]
}

run "refuses_a_database_that_nobody_reaches" {
  command = plan

  variables {
    client_security_group_ids = {}
  }

  expect_failures = [var.client_security_group_ids]
}

run "refuses_a_key_by_alias" {
  command = plan

  variables {
    kms_key_arn = "alias/shop-dev"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_version_of_another_age" {
  command = plan

  variables {
    engine_version = "9.6"
  }

  expect_failures = [var.engine_version]
}

run "refuses_a_class_of_ec2" {
  command = plan

  variables {
    instance_class = "t4g.micro"
  }

  expect_failures = [var.instance_class]
}

run "refuses_a_database_of_postgresql_s_own" {
  command = plan

  variables {
    database_name = "postgres"
  }

  expect_failures = [var.database_name]
}

run "refuses_a_user_that_rds_keeps_for_itself" {
  command = plan

  variables {
    master_username = "rdsadmin"
  }

  expect_failures = [var.master_username]
}

run "refuses_a_port_below_those_of_rds" {
  command = plan

  variables {
    port = 1024
  }

  expect_failures = [var.port]
}

run "refuses_storage_below_gp3" {
  command = plan

  variables {
    storage_gib = 10
  }

  expect_failures = [var.storage_gib]
}

run "refuses_storage_that_cannot_grow" {
  command = plan

  variables {
    storage_gib = 100
  }

  expect_failures = [var.max_storage_gib]
}

run "refuses_to_go_without_backups" {
  command = plan

  variables {
    backup_retention_days = 0
  }

  expect_failures = [var.backup_retention_days]
}

run "refuses_a_backup_at_no_time" {
  command = plan

  variables {
    backup_window = "nightly"
  }

  expect_failures = [var.backup_window]
}

run "refuses_maintenance_on_no_day" {
  command = plan

  variables {
    maintenance_window = "04:00-05:00"
  }

  expect_failures = [var.maintenance_window]
}

run "refuses_a_retention_that_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 8
  }

  expect_failures = [var.log_retention_days]
}
