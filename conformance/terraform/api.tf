# An API with its resources, methods, integrations, models, authorizers and gateway responses.

resource "aws_api_gateway_rest_api" "a" {
  name                     = "a${var.v}"
  description              = local.two ? null : "first"
  binary_media_types       = local.two ? ["image/gif", "image/png"] : ["image/png", "a/b"]
  minimum_compression_size = local.two ? null : 0
  api_key_source           = local.two ? "AUTHORIZER" : "HEADER"
  endpoint_configuration { types = [local.two ? "REGIONAL" : "EDGE"] }
  disable_execute_api_endpoint = local.two
  tags                         = local.two ? { b = "2" } : { a = "1", b = "1" }
}

resource "aws_api_gateway_rest_api_policy" "a" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "*" }, Action = "execute-api:Invoke", Resource = "${aws_api_gateway_rest_api.a.execution_arn}/*" }]
  })
}

resource "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_rest_api.a.root_resource_id
  path_part   = local.two ? "animals" : "pets"
}

resource "aws_api_gateway_resource" "pet" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_resource.pets.id
  path_part   = "{id}"
}

resource "aws_api_gateway_authorizer" "token" {
  name                             = "token${var.v}"
  rest_api_id                      = aws_api_gateway_rest_api.a.id
  authorizer_uri                   = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f${var.v}/invocations"
  authorizer_result_ttl_in_seconds = local.two ? 0 : 60
  identity_validation_expression   = local.two ? null : "^x"
}

resource "aws_api_gateway_authorizer" "request" {
  name            = "request"
  type            = "REQUEST"
  identity_source = local.two ? "method.request.header.a" : "method.request.header.a,method.request.querystring.b"
  rest_api_id     = aws_api_gateway_rest_api.a.id
  authorizer_uri  = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"
}

resource "aws_api_gateway_authorizer" "pool" {
  name          = "pool"
  type          = "COGNITO_USER_POOLS"
  rest_api_id   = aws_api_gateway_rest_api.a.id
  provider_arns = local.two ? ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/b"] : ["arn:aws:cognito-idp:eu-west-1:123456789012:userpool/a", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/b"]
}

resource "aws_api_gateway_request_validator" "v" {
  name                        = "v${var.v}"
  rest_api_id                 = aws_api_gateway_rest_api.a.id
  validate_request_body       = local.two
  validate_request_parameters = !local.two
}

resource "aws_api_gateway_model" "pet" {
  rest_api_id  = aws_api_gateway_rest_api.a.id
  name         = "Pet"
  content_type = "application/json"
  description  = local.two ? "" : "d"
  schema       = jsonencode({ "$schema" = "http://json-schema.org/draft-04/schema#", type = local.two ? "array" : "object" })
}

resource "aws_api_gateway_method" "get" {
  rest_api_id          = aws_api_gateway_rest_api.a.id
  resource_id          = aws_api_gateway_resource.pet.id
  http_method          = "GET"
  authorization        = local.two ? "COGNITO_USER_POOLS" : "CUSTOM"
  authorizer_id        = local.two ? aws_api_gateway_authorizer.pool.id : aws_api_gateway_authorizer.token.id
  authorization_scopes = local.two ? ["a", "c"] : null
  api_key_required     = !local.two
  operation_name       = local.two ? null : "op"
  request_validator_id = local.two ? null : aws_api_gateway_request_validator.v.id
  request_models       = local.two ? { "application/json" = "Error" } : { "application/json" = aws_api_gateway_model.pet.name, "text/plain" = "Empty" }
  request_parameters   = local.two ? { "method.request.header.A" = false, "method.request.querystring.q" = true } : { "method.request.header.A" = true, "method.request.path.id" = true }
}

resource "aws_api_gateway_method_response" "ok" {
  rest_api_id         = aws_api_gateway_rest_api.a.id
  resource_id         = aws_api_gateway_resource.pet.id
  http_method         = aws_api_gateway_method.get.http_method
  status_code         = "200"
  response_models     = local.two ? { "a/b" = "Error" } : { "application/json" = "Empty" }
  response_parameters = local.two ? { "method.response.header.B" = true } : { "method.response.header.A" = true, "method.response.header.B" = false }
}

resource "aws_api_gateway_integration" "get" {
  rest_api_id             = aws_api_gateway_rest_api.a.id
  resource_id             = aws_api_gateway_resource.pet.id
  http_method             = aws_api_gateway_method.get.http_method
  type                    = "HTTP"
  integration_http_method = "POST"
  uri                     = "http://example.com/${var.v}"
  request_parameters      = local.two ? {} : { "integration.request.header.X" = "method.request.header.A" }
}

resource "aws_api_gateway_integration_response" "ok" {
  rest_api_id        = aws_api_gateway_rest_api.a.id
  resource_id        = aws_api_gateway_resource.pet.id
  http_method        = aws_api_gateway_method.get.http_method
  status_code        = aws_api_gateway_method_response.ok.status_code
  response_templates = { "application/json" = "x${var.v}" }
  depends_on         = [aws_api_gateway_integration.get]
}

resource "aws_api_gateway_gateway_response" "throttled" {
  rest_api_id         = aws_api_gateway_rest_api.a.id
  response_type       = "THROTTLED"
  status_code         = local.two ? "429" : "503"
  response_templates  = { "application/json" = "{v:${var.v}}" }
  response_parameters = local.two ? {} : { "gatewayresponse.header.A" = "'b'" }
}
