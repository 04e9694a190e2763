# What belongs to private networks: a private API, a VPC link.

resource "aws_api_gateway_rest_api" "private" {
  name = "private"
  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = local.two ? ["vpce-2", "vpce-3"] : ["vpce-1", "vpce-2"]
  }
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["execute-api:Invoke"], Resource = ["*"], Condition = { IpAddress = { "aws:SourceIp" = "10.0.${var.v}.0/24" } } }]
  })
}

resource "aws_api_gateway_vpc_link" "l" {
  name        = "link${var.v}"
  description = local.two ? "" : "first"
  target_arns = ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188"]
  tags        = { v = var.v }
}

resource "aws_api_gateway_resource" "private" {
  rest_api_id = aws_api_gateway_rest_api.private.id
  parent_id   = aws_api_gateway_rest_api.private.root_resource_id
  path_part   = "{proxy+}"
}

resource "aws_api_gateway_method" "private" {
  rest_api_id   = aws_api_gateway_rest_api.private.id
  resource_id   = aws_api_gateway_resource.private.id
  http_method   = "ANY"
  authorization = local.two ? "AWS_IAM" : "NONE"

  request_parameters = { "method.request.path.proxy" = true }
}

resource "aws_api_gateway_integration" "private" {
  rest_api_id             = aws_api_gateway_rest_api.private.id
  resource_id             = aws_api_gateway_resource.private.id
  http_method             = aws_api_gateway_method.private.http_method
  type                    = "HTTP_PROXY"
  integration_http_method = "ANY"
  uri                     = "https://orders.internal/v${var.v}"
  connection_type         = "VPC_LINK"
  connection_id           = local.two ? "$${stageVariables.link}" : aws_api_gateway_vpc_link.l.id
  timeout_milliseconds    = local.two ? 29000 : 1000
  cache_namespace         = local.two ? "a" : "b"
  cache_key_parameters    = local.two ? ["method.request.path.proxy"] : null
  tls_config { insecure_skip_verification = local.two }
}

resource "aws_api_gateway_deployment" "private" {
  rest_api_id = aws_api_gateway_rest_api.private.id
  depends_on  = [aws_api_gateway_integration.private]
}

resource "aws_api_gateway_stage" "private" {
  rest_api_id   = aws_api_gateway_rest_api.private.id
  deployment_id = aws_api_gateway_deployment.private.id
  stage_name    = "in"
}
