# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {}

variables {
  location          = { account_id = "111122223333", region = "us-east-1" }
  name              = "shop-dev"
  cluster_name      = "shop-dev-cluster"
  metrics_namespace = "shop-dev"
  stages = [
    { title = "intake", queue_name = "shop-dev-orders", dead_letter_name = "shop-dev-orders-dlq", service = "intake", service_name = "shop-dev-intake-service" },
    { title = "mailer", queue_name = "shop-dev-mail", dead_letter_name = "shop-dev-mail-dlq", service = "mailer", service_name = "shop-dev-mailer-service" },
  ]
  alarm_names     = ["shop-dev-intake-errors"]
  log_group_names = { triggers = "/ecs/shop-dev/intake", jobs = "/ecs/shop-dev/mailer", custom = "/ecs/shop-dev/custom", events = "/ecs/shop-dev" }
}

# A condition on a value that is not known yet fails the run: so this also proves what the first plan knows.
run "five_columns_fill_the_grid_from_left_to_right" {
  command = plan

  assert {
    condition = [for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${w.x}+${w.width} ${w.properties.markdown}" if w.y == 6] == [
      "0+5 **1. shop-dev-orders** →", "5+5 **2. intake** →", "10+5 **3. shop-dev-mail** →", "15+5 **4. mailer** →", "20+4 **Dead letters**",
    ]
    error_message = "Queue, service, queue, service, dead letters must stand side by side and end at 24."
  }

  assert {
    condition     = alltrue([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : w.x + w.width <= 24 && w.height >= 1])
    error_message = "The grid is 24 units wide."
  }

  assert {
    condition     = length(distinct([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${w.x} ${w.y}"])) == length(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets)
    error_message = "No widget may lie on another."
  }
}

run "a_column_shows_its_own_queue_or_service" {
  command = plan

  assert {
    condition = toset(flatten([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for m in w.properties.metrics : "${m[0]} ${m[1]} ${m[3]}"] if w.type == "metric" && w.x == 10])) == toset([
      "AWS/SQS NumberOfMessagesSent shop-dev-mail",
      "AWS/SQS NumberOfMessagesDeleted shop-dev-mail",
      "AWS/SQS ApproximateNumberOfMessagesVisible shop-dev-mail",
      "AWS/SQS ApproximateNumberOfMessagesNotVisible shop-dev-mail",
      "AWS/SQS ApproximateAgeOfOldestMessage shop-dev-mail",
      "shop-dev QueueWaitMs mailer",
    ])
    error_message = "The third column is the second queue: arriving, waiting, oldest, waited."
  }

  assert {
    condition = toset(flatten([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for m in w.properties.metrics : "${m[0]} ${m[1]} ${m[3]}"] if w.type == "metric" && w.x == 15])) == toset([
      "shop-dev Succeeded mailer",
      "shop-dev Retried mailer",
      "shop-dev Rejected mailer",
      "shop-dev HandlerMs mailer",
      "ECS/ContainerInsights RunningTaskCount shop-dev-cluster",
      "ECS/ContainerInsights DesiredTaskCount shop-dev-cluster",
      "ECS/ContainerInsights PendingTaskCount shop-dev-cluster",
      "AWS/ECS CPUUtilization shop-dev-cluster",
      "AWS/ECS MemoryUtilization shop-dev-cluster",
    ])
    error_message = "The fourth column is the second service: handled, tasks, load, handler time."
  }

  assert {
    condition     = toset(flatten([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for m in w.properties.metrics : m[3]] if w.type == "metric" && w.x == 20])) == toset(["shop-dev-orders-dlq", "shop-dev-mail-dlq"])
    error_message = "The last column shows both dead-letter queues."
  }

  assert {
    condition     = [for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [for m in w.properties.metrics : m[4].stat] if strcontains(try(w.properties.title, ""), "HandlerMs")] == [["p50", "p95", "p99"], ["p50", "p95", "p99"]]
    error_message = "Times are shown as percentiles: an average hides the slow ones."
  }
}

run "the_alarms_stand_on_top" {
  command = plan

  assert {
    condition     = one([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : w.properties.alarms if w.type == "alarm"]) == ["arn:aws:cloudwatch:us-east-1:111122223333:alarm:shop-dev-intake-errors"]
    error_message = "The alarm's ARN must follow from its name."
  }
}

run "without_alarms_there_is_no_empty_widget" {
  command = plan

  variables {
    alarm_names = []
  }

  assert {
    condition     = length([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : w if w.type == "alarm"]) == 0
    error_message = "CloudWatch refuses an alarm widget without alarms."
  }
}

run "one_stage_has_three_columns" {
  command = plan

  variables {
    stages = [{ title = "mailer", queue_name = "shop-dev-mail", dead_letter_name = "shop-dev-mail-dlq", service = "mailer", service_name = "shop-dev-mailer-service" }]
  }

  assert {
    condition     = distinct([for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : "${w.x}+${w.width}" if w.type == "metric"]) == tolist(["0+8", "8+8", "16+8"])
    error_message = "Three columns of eight fill the grid."
  }
}

run "queries_are_saved_in_one_folder_with_their_log_groups" {
  command = plan

  assert {
    condition = { for name, query in aws_cloudwatch_query_definition.this : query.name => join(" ", query.log_group_names) } == {
      "shop-dev/job by id"               = "/ecs/shop-dev/intake /ecs/shop-dev/mailer /ecs/shop-dev/custom"
      "shop-dev/jobs by correlation id"  = "/ecs/shop-dev/intake /ecs/shop-dev/mailer /ecs/shop-dev/custom"
      "shop-dev/slowest jobs"            = "/ecs/shop-dev/mailer"
      "shop-dev/failures by reason"      = "/ecs/shop-dev/intake /ecs/shop-dev/mailer"
      "shop-dev/stopped tasks by reason" = "/ecs/shop-dev"
    }
    error_message = "Each query must look where its lines are."
  }
}

run "refuses_more_stages_than_the_grid_is_wide" {
  command = plan

  variables {
    stages = [for name in ["a", "b", "c"] : { title = name, queue_name = name, dead_letter_name = name, service = name, service_name = name }]
  }

  expect_failures = [var.stages]
}

run "refuses_no_stage" {
  command = plan

  variables {
    stages = []
  }

  expect_failures = [var.stages]
}

run "refuses_a_name_with_a_slash" {
  command = plan

  variables {
    name = "shop/dev"
  }

  expect_failures = [var.name]
}

run "refuses_more_alarms_than_a_widget_shows" {
  command = plan

  variables {
    alarm_names = [for number in range(101) : "alarm-${number}"]
  }

  expect_failures = [var.alarm_names]
}
