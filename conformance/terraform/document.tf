# APIs that are described by documents, whole and in part.

locals {
  document = {
    openapi                                  = "3.0.1"
    info                                     = { title = "ignored", version = tostring(var.v), description = "of the document ${var.v}" }
    "x-amazon-apigateway-binary-media-types" = local.two ? ["image/png", "a/b"] : ["image/png"]
    components                               = { schemas = { Pet = { type = local.two ? "object" : "array" } } }
    paths = {
      "/pets" = {
        (local.two ? "post" : "get") = {
          responses = { "200" = { description = "ok" } }
          "x-amazon-apigateway-integration" = {
            type             = "mock"
            requestTemplates = { "application/json" = "{\"statusCode\": 200}" }
            responses        = { default = { statusCode = 200 } }
          }
        }
      }
    }
  }
}

resource "aws_api_gateway_rest_api" "document" {
  count = var.importing ? 0 : 1
  name  = "document"
  body  = jsonencode(local.document)
  endpoint_configuration { types = ["REGIONAL"] }
  parameters = { basepath = "prepend" }
}

resource "aws_api_gateway_rest_api" "merged" {
  count             = var.importing ? 0 : 1
  name              = "merged"
  body              = yamlencode(local.document)
  put_rest_api_mode = "merge"
  fail_on_warnings  = true
}

resource "aws_api_gateway_rest_api" "put" {
  count = var.importing ? 0 : 1
  name  = "put"
  lifecycle { ignore_changes = [name, description, binary_media_types] }
}

resource "aws_api_gateway_rest_api_put" "put" {
  count       = var.importing ? 0 : 1
  rest_api_id = aws_api_gateway_rest_api.put[0].id
  body        = jsonencode(local.document)

  fail_on_warnings = true # without a value the provider fails by itself

  triggers = { v = var.v }
}

resource "aws_api_gateway_deployment" "document" {
  count       = var.importing ? 0 : 1
  rest_api_id = aws_api_gateway_rest_api.document[0].id
  triggers    = { v = var.v }
  lifecycle { create_before_destroy = true }
}

resource "aws_api_gateway_stage" "document" {
  count         = var.importing ? 0 : 1
  rest_api_id   = aws_api_gateway_rest_api.document[0].id
  deployment_id = aws_api_gateway_deployment.document[0].id
  stage_name    = "v"
}
