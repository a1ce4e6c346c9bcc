# A job's way from left to right: queue, service, queue, service, dead letters; from top to bottom in each column, first
# how much, then how late, then how loaded. Built from names, so that a first plan shows it.
locals {
  columns      = 2 * length(var.stages) + 1
  column_width = ceil(24 / local.columns)
  # The dead letters get what is left of the grid's 24 units.
  last_column = { x = 2 * length(var.stages) * local.column_width, width = 24 - 2 * length(var.stages) * local.column_width }

  heading_y      = 0
  alarms_y       = 2
  alarms_height  = length(var.alarm_names) == 0 ? 0 : 4
  captions_y     = local.alarms_y + local.alarms_height
  row_height     = 6
  first_row_y    = local.captions_y + 1
  rows_y         = [for row in range(4) : local.first_row_y + row * local.row_height]
  alarm_arn_base = "arn:${var.location.partition}:cloudwatch:${var.location.region}:${var.location.account_id}:alarm"
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    start          = "-PT3H"
    periodOverride = "inherit"
    widgets        = local.widgets
  })
}

locals {
  widgets = concat(
    [{
      type       = "text", x = 0, y = local.heading_y, width = 24, height = 2
      properties = { markdown = "# ${var.name}\nA job's way, from left to right. An alarm is on: ${var.runbooks}. Saved queries: Logs Insights, folder ${var.name}." }
    }],
    length(var.alarm_names) == 0 ? [] : [{
      type       = "alarm", x = 0, y = local.alarms_y, width = 24, height = local.alarms_height
      properties = { title = "Alarms", alarms = [for name in var.alarm_names : "${local.alarm_arn_base}:${name}"] }
    }],
    [for caption in local.captions : {
      type       = "text", x = caption.x, y = local.captions_y, width = caption.width, height = 1
      properties = { markdown = caption.text, background = "transparent" }
    }],
    [for graph in local.graphs : {
      type = "metric", x = graph.x, y = graph.y, width = graph.width, height = local.row_height
      properties = {
        title   = graph.title
        view    = "timeSeries"
        stacked = graph.stacked
        region  = var.location.region
        period  = 60
        metrics = graph.metrics
        yAxis   = { left = { min = 0, label = graph.left, showUnits = false } }
        legend  = { position = "bottom" }
      }
    }],
  )

  captions = concat(
    flatten([for index, stage in var.stages : [
      { x = 2 * index * local.column_width, width = local.column_width, text = "**${2 * index + 1}. ${stage.queue_name}** →" },
      { x = (2 * index + 1) * local.column_width, width = local.column_width, text = "**${2 * index + 2}. ${stage.title}** →" },
    ]]),
    [{ x = local.last_column.x, width = local.last_column.width, text = "**Dead letters**" }],
  )
}
