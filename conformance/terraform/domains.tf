# Custom domain names with their mappings. The provider waits a minute after each change of a domain name.

resource "aws_api_gateway_domain_name" "regional" {
  domain_name              = "api.example.com"
  regional_certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000001"
  security_policy          = local.two ? "TLS_1_2" : "TLS_1_0"
  endpoint_configuration { types = ["REGIONAL"] }
  tags = { v = var.v }
}

resource "aws_api_gateway_domain_name" "edge" {
  domain_name     = "edge.example.com"
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-00000000000${var.v}"
}

resource "aws_api_gateway_domain_name" "private" {
  domain_name     = "in.example.com"
  certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000003"
  endpoint_configuration { types = ["PRIVATE"] }
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "execute-api:Invoke", Resource = "*", Condition = { StringEquals = { "aws:SourceVpce" = "vpce-${var.v}" } } }]
  })
}

resource "aws_api_gateway_domain_name_access_association" "private" {
  access_association_source      = "vpce-0123456789abcdef0"
  access_association_source_type = "VPCE"
  domain_name_arn                = aws_api_gateway_domain_name.private.arn
  tags                           = { v = var.v }
}

resource "aws_api_gateway_base_path_mapping" "root" {
  api_id      = aws_api_gateway_rest_api.a.id
  domain_name = aws_api_gateway_domain_name.regional.domain_name
  stage_name  = local.two ? null : aws_api_gateway_stage.prod.stage_name
}

resource "aws_api_gateway_base_path_mapping" "pets" {
  api_id      = aws_api_gateway_rest_api.a.id
  domain_name = aws_api_gateway_domain_name.edge.domain_name
  stage_name  = local.two ? aws_api_gateway_stage.canary.stage_name : aws_api_gateway_stage.prod.stage_name
  base_path   = "pets${var.v}"
}

resource "aws_api_gateway_base_path_mapping" "private" {
  api_id         = aws_api_gateway_rest_api.private.id
  stage_name     = local.two ? aws_api_gateway_stage.private.stage_name : null
  domain_name    = aws_api_gateway_domain_name.private.domain_name
  domain_name_id = aws_api_gateway_domain_name.private.domain_name_id
  base_path      = "in"
}
