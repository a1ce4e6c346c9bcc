# What nobody has to know is drawn at each run and written only with a new secrets_version; in no plan and no state.
ephemeral "aws_secretsmanager_random_password" "drawn" {
  for_each = var.draw_secrets ? toset(["database_password", "jwt_secret"]) : toset([])

  password_length     = 48
  exclude_punctuation = true
}

module "db_credentials" {
  source = "../../../infra/modules/secret"

  location             = local.location
  name                 = "db-credentials-${var.environment_suffix}"
  description          = "How the services reach their database"
  kms_key_arn          = module.encryption.key_arn
  value_version        = var.secrets_version
  recovery_window_days = local.recovery_window_days

  value = jsonencode({
    username = var.database.username
    password = var.draw_secrets ? ephemeral.aws_secretsmanager_random_password.drawn["database_password"].random_password : var.database_password
    host     = var.database.host
    port     = tostring(var.database.port)
    dbname   = var.database.dbname
  })
}

module "api_keys" {
  source = "../../../infra/modules/secret"

  location             = local.location
  name                 = "api-keys-${var.environment_suffix}"
  description          = "Key of the API that the services call, and what they sign their tokens with"
  kms_key_arn          = module.encryption.key_arn
  value_version        = var.secrets_version
  recovery_window_days = local.recovery_window_days

  value = jsonencode({
    externalApiKey = var.external_api_key
    jwtSecret      = var.draw_secrets ? ephemeral.aws_secretsmanager_random_password.drawn["jwt_secret"].random_password : var.jwt_secret
  })
}

locals {
  recovery_window_days = var.deletion_protection ? 30 : 0

  # One field each, so that a service gets what it needs by name.
  database_fields = {
    DB_USERNAME = "username"
    DB_PASSWORD = "password" # pragma: allowlist secret - the field's name
    DB_HOST     = "host"
    DB_PORT     = "port"
    DB_NAME     = "dbname"
  }
  database_secrets = {
    for variable, field in local.database_fields :
    variable => "${module.db_credentials.arn}:${field}::"
  }
  api_secrets = {
    EXTERNAL_API_KEY = "${module.api_keys.arn}:externalApiKey::"
    JWT_SECRET       = "${module.api_keys.arn}:jwtSecret::"
  }
}
