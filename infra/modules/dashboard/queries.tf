# Saved queries for Logs Insights. The names of fields and messages are those of the lines that the services write; a
# test runs the services and compares.
locals {
  queries = {
    "job by id" = {
      log_groups = [var.log_group_names.triggers, var.log_group_names.jobs, var.log_group_names.custom]
      text       = <<-EOT
        # Put the job's id in place of the example. Everything that both services and the job itself wrote about it.
        fields @timestamp, level, message, attempt, reason, durationMs, @logStream
        | filter jobId = "01KAGGQYJVQ9W1DFWF077YMGA1"
        | sort @timestamp asc
        | limit 1000
      EOT
    }
    "jobs by correlation id" = {
      log_groups = [var.log_group_names.triggers, var.log_group_names.jobs, var.log_group_names.custom]
      text       = <<-EOT
        # Put the sender's correlation id in place of the example. All the jobs that it led to, step by step.
        fields @timestamp, jobId, level, message, attempt, reason, @logStream
        | filter correlationId = "order-17"
        | sort @timestamp asc
        | limit 1000
      EOT
    }
    "slowest jobs" = {
      log_groups = [var.log_group_names.jobs]
      text       = <<-EOT
        # durationMs is the time in the handler of the attempt that succeeded.
        fields @timestamp, jobType, durationMs, attempt, jobId, correlationId
        | filter message = "job succeeded"
        | sort durationMs desc
        | limit 50
      EOT
    }
    "failures by reason" = {
      log_groups = [var.log_group_names.triggers, var.log_group_names.jobs]
      text       = <<-EOT
        # Attempts that failed, the most frequent reason first, each with a job to look at ("job by id").
        filter message in ["job retried", "job dead", "job reject", "job rejected", "trigger rejected"]
        | stats count(*) as times, count_distinct(jobId) as jobs, latest(jobId) as exampleJobId, max(@timestamp) as lastSeen by message, jobType, reason
        | sort times desc
        | limit 100
      EOT
    }
    "stopped tasks by reason" = {
      log_groups = [var.log_group_names.events]
      text       = <<-EOT
        # Why ECS stopped tasks: scaling and deployments, crashes, failed health checks, memory, Spot.
        filter `detail-type` = "ECS Task State Change" and detail.lastStatus = "STOPPED"
        | stats count(*) as times, max(@timestamp) as lastSeen by detail.group, detail.stopCode, detail.stoppedReason, detail.containers.0.exitCode
        | sort lastSeen desc
        | limit 100
      EOT
    }
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = local.queries

  name            = "${var.name}/${each.key}"
  log_group_names = each.value.log_groups
  query_string    = trimspace(each.value.text)
}
