# One entry for each graph: a column, a row, and its metrics as CloudWatch takes them (namespace, name, dimension names
# and values, options).
locals {
  graphs = concat(
    flatten([for index, stage in var.stages : [
      for row, graph in local.queue_graphs[index] :
      merge(graph, { x = 2 * index * local.column_width, y = local.rows_y[row], width = local.column_width })
    ]]),
    flatten([for index, stage in var.stages : [
      for row, graph in local.service_graphs[index] :
      merge(graph, { x = (2 * index + 1) * local.column_width, y = local.rows_y[row], width = local.column_width })
    ]]),
    [for row, graph in local.dead_letter_graphs : merge(graph, { x = local.last_column.x, y = local.rows_y[row], width = local.last_column.width })],
  )

  queue_graphs = [for stage in var.stages : [
    {
      title = "Arriving", stacked = false, left = "messages a minute"
      metrics = [
        ["AWS/SQS", "NumberOfMessagesSent", "QueueName", stage.queue_name, { stat = "Sum", label = "sent" }],
        ["AWS/SQS", "NumberOfMessagesDeleted", "QueueName", stage.queue_name, { stat = "Sum", label = "done with" }],
      ]
    },
    {
      title = "Waiting", stacked = true, left = "messages"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", stage.queue_name, { stat = "Maximum", label = "waiting" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", stage.queue_name, { stat = "Maximum", label = "in flight, or delayed by a retry" }],
      ]
    },
    {
      title = "Oldest message", stacked = false, left = "seconds"
      metrics = [
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", stage.queue_name, { stat = "Maximum", label = "oldest message" }],
      ]
    },
    {
      title = "Waited before it was received (QueueWaitMs)", stacked = false, left = "ms"
      metrics = [for stat in ["p50", "p95", "p99"] :
        [var.metrics_namespace, "QueueWaitMs", "Service", stage.service, { stat = stat, label = stat }]
      ]
    },
  ]]

  service_graphs = [for stage in var.stages : [
    {
      title = "Handled", stacked = false, left = "messages a minute"
      metrics = [for name, label in { Succeeded = "succeeded", Retried = "retried", Rejected = "rejected" } :
        [var.metrics_namespace, name, "Service", stage.service, { stat = "Sum", label = label, color = local.colours[name] }]
      ]
    },
    {
      title = "Tasks", stacked = false, left = "tasks"
      metrics = [
        ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.cluster_name, "ServiceName", stage.service_name, { stat = "Average", label = "running" }],
        ["ECS/ContainerInsights", "DesiredTaskCount", "ClusterName", var.cluster_name, "ServiceName", stage.service_name, { stat = "Average", label = "wanted" }],
        ["ECS/ContainerInsights", "PendingTaskCount", "ClusterName", var.cluster_name, "ServiceName", stage.service_name, { stat = "Average", label = "starting" }],
      ]
    },
    {
      title = "CPU (average) and memory (fullest task)", stacked = false, left = "%"
      metrics = [
        ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", stage.service_name, { stat = "Average", label = "CPU" }],
        ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", stage.service_name, { stat = "Maximum", label = "memory" }],
      ]
    },
    {
      title = "Time in the handler (HandlerMs)", stacked = false, left = "ms"
      metrics = [for stat in ["p50", "p95", "p99"] :
        [var.metrics_namespace, "HandlerMs", "Service", stage.service, { stat = stat, label = stat }]
      ]
    },
  ]]

  # The last of all the ways. What stands here stays until somebody sends it back or it expires.
  dead_letter_graphs = [for stage in var.stages : {
    title = stage.dead_letter_name, stacked = false, left = "messages"
    metrics = [
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", stage.dead_letter_name, { stat = "Maximum", label = "dead letters", color = local.colours.Rejected }],
    ]
  }]

  # CloudWatch's green, orange and red.
  colours = { Succeeded = "#2ca02c", Retried = "#ff7f0e", Rejected = "#d62728" }
}
