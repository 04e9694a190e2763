# API keys and usage plans.

resource "aws_api_gateway_api_key" "k" {
  name        = "key"
  description = local.two ? "second" : "first"
  enabled     = !local.two
  customer_id = local.two ? "c2" : "c1"
  tags        = { v = var.v }
}

resource "aws_api_gateway_api_key" "own" {
  name  = "own"
  value = "0123456789abcdefghijklmnop"
}

resource "aws_api_gateway_usage_plan" "p" {
  name         = "plan${var.v}"
  description  = local.two ? "" : "first"
  product_code = local.two ? "P2" : "P1"
  tags         = { v = var.v }
  api_stages {
    api_id = aws_api_gateway_rest_api.a.id
    stage  = aws_api_gateway_stage.prod.stage_name
    dynamic "throttle" {
      for_each = local.two ? ["/pets/GET", "/pets/{id}/GET"] : ["/pets/GET"]
      content {
        path        = throttle.value
        rate_limit  = var.v
        burst_limit = var.v
      }
    }
  }
  dynamic "api_stages" {
    for_each = local.two ? [1] : []
    content {
      api_id = aws_api_gateway_rest_api.a.id
      stage  = aws_api_gateway_stage.canary.stage_name
    }
  }
  dynamic "quota_settings" {
    for_each = local.two ? [] : [1]
    content {
      limit  = 100
      offset = 2
      period = "WEEK"
    }
  }
  throttle_settings {
    rate_limit  = 10.5 * var.v
    burst_limit = 5 * var.v
  }
}

resource "aws_api_gateway_usage_plan_key" "k" {
  key_id        = aws_api_gateway_api_key.k.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.p.id
}
