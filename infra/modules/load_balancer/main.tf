locals {
  tls = { for tls in [var.tls] : "on" => tls if tls != null }
}

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:Access logs are paid for by volume, and their bucket is the account's: access_logs switches them on.
  #checkov:skip=CKV2_AWS_28:A firewall is paid for by the hour and needs rules that know the application; attach one to the output arn.
  name               = var.name
  load_balancer_type = "application"
  internal           = var.internal
  subnets            = var.network.subnet_ids
  security_groups    = [aws_security_group.this.id]

  idle_timeout               = var.idle_timeout_seconds
  enable_deletion_protection = var.deletion_protection

  # Two readings of one request, by the load balancer and by the service behind it, are how requests are smuggled.
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"

  dynamic "access_logs" {
    for_each = { for logs in [var.access_logs] : "on" => logs if logs != null }

    content {
      enabled = true
      bucket  = access_logs.value.bucket
      prefix  = access_logs.value.prefix
    }
  }

  lifecycle {
    precondition {
      condition     = var.tls != null || length(var.additional_certificate_arns) == 0
      error_message = "additional_certificate_arns are for the HTTPS listener; give tls, too."
    }
  }
}

# Serves where there is no certificate; otherwise it only says where the site is.
resource "aws_lb_listener" "http" {
  #checkov:skip=CKV_AWS_2:Serves plain HTTP only where no certificate is given; a policy of ours refuses it where one is.
  #checkov:skip=CKV_AWS_103:The same.
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  protocol          = "HTTP"

  default_action {
    type             = var.tls != null ? "redirect" : local.default_action
    target_group_arn = var.tls != null ? null : local.default_target_group_arn

    dynamic "redirect" {
      for_each = local.tls

      content {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }

    dynamic "fixed_response" {
      for_each = var.tls == null ? local.not_found : {}

      content {
        content_type = fixed_response.value.content_type
        message_body = fixed_response.value.message_body
        status_code  = "404"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  #checkov:skip=CKV_AWS_103:Checkov cannot read the policy here; the variable's rule refuses an older one.
  for_each = local.tls

  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = each.value.policy
  certificate_arn   = each.value.certificate_arn

  default_action {
    type             = local.default_action
    target_group_arn = local.default_target_group_arn

    dynamic "fixed_response" {
      for_each = local.not_found

      content {
        content_type = fixed_response.value.content_type
        message_body = fixed_response.value.message_body
        status_code  = "404"
      }
    }
  }
}

# Other names under the same address: the load balancer chooses by the name that the client asks for.
resource "aws_lb_listener_certificate" "additional" {
  for_each = var.tls == null ? {} : var.additional_certificate_arns

  listener_arn    = aws_lb_listener.https["on"].arn
  certificate_arn = each.value
}

# What no rule of a service asks for.
locals {
  default_action           = var.default_target_group == null ? "fixed-response" : "forward"
  default_target_group_arn = var.default_target_group == null ? null : var.default_target_group.arn
  not_found = var.default_target_group != null ? {} : {
    here = { content_type = "application/json", message_body = jsonencode({ message = "Not found." }) }
  }
}
