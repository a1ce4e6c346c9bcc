# Offline: the provider is mocked, so nothing here needs an account or a network.
mock_provider "aws" {
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop-dev/50dc6c495c0c9188" }
  }

  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:listener/app/shop-dev/50dc6c495c0c9188/f2f7dc8efc522ab2" }
  }
}

variables {
  name = "shop-dev"
  network = {
    vpc_id         = "vpc-1"
    vpc_cidr_block = "10.0.0.0/16"
    subnet_ids     = ["subnet-1", "subnet-2"]
  }
}

run "without_a_certificate_http_serves" {
  command = apply

  assert {
    condition     = length(aws_lb_listener.https) == 0 && output.listener_arn == aws_lb_listener.http.arn && output.url_scheme == "http"
    error_message = "Rules of services must go to the only listener."
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "fixed-response" && one(one(aws_lb_listener.http.default_action).fixed_response).status_code == "404"
    error_message = "What no rule takes must get a 404."
  }

  assert {
    condition     = [for rule in aws_vpc_security_group_ingress_rule.clients : [rule.from_port, rule.to_port, rule.cidr_ipv4]] == [[80, 80, "0.0.0.0/0"]]
    error_message = "Only port 80 may be open."
  }
}

run "with_a_certificate_http_redirects_and_https_serves" {
  command = plan

  variables {
    tls = { certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "redirect" && one(one(aws_lb_listener.http.default_action).redirect).protocol == "HTTPS" && one(one(aws_lb_listener.http.default_action).redirect).status_code == "HTTP_301"
    error_message = "Plain HTTP must lead to HTTPS, and nowhere else."
  }

  assert {
    condition     = aws_lb_listener.https["on"].ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06" && aws_lb_listener.https["on"].certificate_arn == var.tls.certificate_arn && aws_lb_listener.https["on"].port == 443
    error_message = "HTTPS must use the certificate and a modern policy."
  }

  assert {
    condition     = one(aws_lb_listener.https["on"].default_action).type == "fixed-response"
    error_message = "What no rule takes must get a 404."
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.clients : rule.from_port]) == toset([80, 443]) && output.url_scheme == "https"
    error_message = "Both ports must be open."
  }
}

run "a_target_group_may_serve_the_rest" {
  command = plan

  variables {
    tls                  = { certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
    default_target_group = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/gateway/73e2d6bc24d8a067" }
  }

  assert {
    condition     = one(aws_lb_listener.https["on"].default_action).type == "forward" && one(aws_lb_listener.https["on"].default_action).target_group_arn == var.default_target_group.arn
    error_message = "HTTPS must forward to the target group."
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "redirect" && one(aws_lb_listener.http.default_action).target_group_arn == null
    error_message = "Plain HTTP must still redirect, and reach no target."
  }
}

run "a_target_group_may_serve_the_rest_in_plain_http" {
  command = plan

  variables {
    default_target_group = { arn = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/gateway/73e2d6bc24d8a067" }
  }

  assert {
    condition     = one(aws_lb_listener.http.default_action).type == "forward" && length(one(aws_lb_listener.http.default_action).fixed_response) == 0
    error_message = "The only listener must forward to the target group."
  }
}

run "only_named_clients_connect_and_it_reaches_only_the_vpc" {
  command = plan

  variables {
    client_cidr_blocks = ["203.0.113.0/24", "198.51.100.0/24"]
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.clients : rule.cidr_ipv4]) == toset(var.client_cidr_blocks)
    error_message = "Nobody else may connect."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.targets.cidr_ipv4 == "10.0.0.0/16" && aws_vpc_security_group_egress_rule.targets.ip_protocol == "tcp"
    error_message = "It must connect to nothing outside the VPC."
  }
}

run "it_is_protected_and_refuses_doubtful_requests" {
  command = plan

  assert {
    condition     = aws_lb.this.enable_deletion_protection && aws_lb.this.drop_invalid_header_fields && aws_lb.this.desync_mitigation_mode == "defensive"
    error_message = "Protection must be on unless it is switched off."
  }
}

run "an_environment_for_experiments_comes_apart" {
  command = plan

  variables {
    deletion_protection = false
    access_logs         = { bucket = "shop-logs-111122223333", prefix = "dev" }
  }

  assert {
    condition     = !aws_lb.this.enable_deletion_protection && one(aws_lb.this.access_logs).bucket == "shop-logs-111122223333" && one(aws_lb.this.access_logs).enabled
    error_message = "It must be deletable, and write its logs where it is told."
  }
}

run "other_names_have_their_own_certificates" {
  command = plan

  variables {
    tls                         = { certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/11111111-2222-3333-4444-555555555555" }
    additional_certificate_arns = { shop = "arn:aws:acm:us-east-1:111122223333:certificate/66666666-2222-3333-4444-555555555555" }
  }

  assert {
    condition     = aws_lb_listener_certificate.additional["shop"].certificate_arn == var.additional_certificate_arns.shop
    error_message = "The HTTPS listener must have both."
  }
}

run "refuses_more_certificates_without_a_first" {
  command = plan

  variables {
    additional_certificate_arns = { shop = "arn:aws:acm:us-east-1:111122223333:certificate/66666666-2222-3333-4444-555555555555" }
  }

  expect_failures = [aws_lb.this]
}

run "refuses_a_name_of_33_letters" {
  command = plan

  variables {
    name = join("", [for i in range(33) : "a"])
  }

  expect_failures = [var.name]
}

run "refuses_a_single_subnet" {
  command = plan

  variables {
    network = { vpc_id = "vpc-1", vpc_cidr_block = "10.0.0.0/16", subnet_ids = ["subnet-1"] }
  }

  expect_failures = [var.network]
}

run "refuses_an_old_protocol" {
  command = plan

  variables {
    tls = { certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/1", policy = "ELBSecurityPolicy-TLS13-1-0-2021-06" }
  }

  expect_failures = [var.tls]
}

run "refuses_a_certificate_by_name" {
  command = plan

  variables {
    tls = { certificate_arn = "shop.example.com" }
  }

  expect_failures = [var.tls]
}

run "refuses_clients_that_are_no_range" {
  command = plan

  variables {
    client_cidr_blocks = ["everybody"]
  }

  expect_failures = [var.client_cidr_blocks]
}

run "refuses_to_cut_connections_at_once" {
  command = plan

  variables {
    idle_timeout_seconds = 0
  }

  expect_failures = [var.idle_timeout_seconds]
}
