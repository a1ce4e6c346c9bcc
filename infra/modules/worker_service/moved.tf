# What was here before container_service was: environments that were applied then keep their resources.
moved {
  from = aws_cloudwatch_log_group.service
  to   = module.service.aws_cloudwatch_log_group.service
}

moved {
  from = aws_ecs_task_definition.this
  to   = module.service.aws_ecs_task_definition.this
}

moved {
  from = aws_ecs_service.this
  to   = module.service.aws_ecs_service.fargate["on"]
}

moved {
  from = aws_appautoscaling_target.this
  to   = module.service.aws_appautoscaling_target.this
}

moved {
  from = aws_iam_role.task
  to   = module.service.aws_iam_role.task
}

moved {
  from = aws_iam_role_policy.task
  to   = module.service.aws_iam_role_policy.task["on"]
}

moved {
  from = aws_iam_role_policy.task_encryption
  to   = module.service.aws_iam_role_policy.task_encryption["on"]
}

moved {
  from = aws_iam_role.execution
  to   = module.service.aws_iam_role.execution
}

moved {
  from = aws_iam_role_policy.execution
  to   = module.service.aws_iam_role_policy.execution
}

moved {
  from = aws_iam_role_policy.execution_secrets
  to   = module.service.aws_iam_role_policy.execution_secrets
}

moved {
  from = aws_cloudwatch_metric_alarm.cpu
  to   = module.service.aws_cloudwatch_metric_alarm.cpu
}

moved {
  from = aws_cloudwatch_metric_alarm.memory
  to   = module.service.aws_cloudwatch_metric_alarm.memory
}

moved {
  from = aws_cloudwatch_log_metric_filter.deployments_failed
  to   = module.service.aws_cloudwatch_log_metric_filter.deployments_failed
}

moved {
  from = aws_cloudwatch_metric_alarm.deployment_rolled_back
  to   = module.service.aws_cloudwatch_metric_alarm.deployment_rolled_back
}
