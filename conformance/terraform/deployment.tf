# Deployments, a stage with a canary, its logs, caches and method settings, the documentation that it shows.

resource "aws_api_gateway_account" "a" {
  cloudwatch_role_arn = "arn:aws:iam::123456789012:role/r${var.v}"
}

resource "aws_api_gateway_documentation_part" "p" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  location {
    type   = "METHOD"
    method = "GET"
    path   = "/pets"
  }
  properties = "{\"description\":\"v${var.v}\"}"
}

resource "aws_api_gateway_documentation_version" "v" {
  version     = "1.0"
  rest_api_id = aws_api_gateway_rest_api.a.id
  description = "v${var.v}"
  depends_on  = [aws_api_gateway_documentation_part.p]
}

resource "terraform_data" "version" { input = var.v }

resource "aws_api_gateway_deployment" "d" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  depends_on  = [aws_api_gateway_integration_response.ok, aws_api_gateway_method.get]
  lifecycle {
    create_before_destroy = true
    replace_triggered_by  = [terraform_data.version]
  }
}

resource "aws_api_gateway_deployment" "canary" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  description = "canary ${var.v}"
  depends_on  = [aws_api_gateway_deployment.d]
}

resource "aws_api_gateway_client_certificate" "c" {
  description = "c${var.v}"
  tags        = { v = var.v }
}

resource "aws_api_gateway_stage" "prod" {
  rest_api_id           = aws_api_gateway_rest_api.a.id
  deployment_id         = aws_api_gateway_deployment.d.id
  stage_name            = "prod"
  description           = local.two ? "" : "first"
  documentation_version = aws_api_gateway_documentation_version.v.version
  client_certificate_id = local.two ? null : aws_api_gateway_client_certificate.c.id
  variables             = local.two ? { a = "2" } : { a = "1", b = "1" }
  xray_tracing_enabled  = local.two
  cache_cluster_enabled = local.two
  cache_cluster_size    = local.two ? "0.5" : null
  tags                  = { v = var.v }
  dynamic "access_log_settings" {
    for_each = local.two ? [] : [1]
    content {
      destination_arn = "arn:aws:logs:eu-west-1:123456789012:log-group:prod"
      format          = "$context.requestId $context.status"
    }
  }
  dynamic "canary_settings" {
    for_each = local.two ? [] : [1]
    content {
      deployment_id            = aws_api_gateway_deployment.canary.id
      percent_traffic          = 33.5
      use_stage_cache          = true
      stage_variable_overrides = { a = "c" }
    }
  }
  depends_on = [aws_api_gateway_account.a]
}

resource "aws_api_gateway_stage" "canary" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  deployment_id = aws_api_gateway_deployment.canary.id
  stage_name    = "test"
  canary_settings {
    deployment_id            = aws_api_gateway_deployment.canary.id
    percent_traffic          = local.two ? 1 : 33.5
    use_stage_cache          = local.two
    stage_variable_overrides = local.two ? { a = "1", c = "1" } : { a = "1" }
  }
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "*/*"
  settings {
    metrics_enabled        = local.two
    logging_level          = local.two ? "OFF" : "INFO"
    throttling_rate_limit  = local.two ? -1 : 12.5
    throttling_burst_limit = local.two ? -1 : 5
  }
}

resource "aws_api_gateway_method_settings" "get" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  method_path = "pets/GET"
  settings {
    caching_enabled                            = true
    cache_ttl_in_seconds                       = local.two ? 0 : 60
    require_authorization_for_cache_control    = !local.two
    unauthorized_cache_control_header_strategy = local.two ? "FAIL_WITH_403" : "SUCCEED_WITH_RESPONSE_HEADER"
    data_trace_enabled                         = local.two
  }
}
