# What the provider reads of things that are there.

data "aws_api_gateway_rest_api" "a" {
  name = aws_api_gateway_rest_api.a.name
  lifecycle {
    postcondition {
      condition     = self.id == aws_api_gateway_rest_api.a.id && self.root_resource_id == aws_api_gateway_rest_api.a.root_resource_id
      error_message = "another API was found by its name"
    }
  }
}

data "aws_api_gateway_resource" "pets" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  path        = aws_api_gateway_resource.pets.path
  lifecycle {
    postcondition {
      condition     = self.id == aws_api_gateway_resource.pets.id
      error_message = "another resource was found by its path"
    }
  }
}

data "aws_api_gateway_authorizer" "pool" {
  rest_api_id   = aws_api_gateway_rest_api.a.id
  authorizer_id = aws_api_gateway_authorizer.pool.id
}

data "aws_api_gateway_authorizers" "all" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  depends_on  = [aws_api_gateway_authorizer.token, aws_api_gateway_authorizer.request, aws_api_gateway_authorizer.pool]
  lifecycle {
    postcondition {
      condition     = length(self.ids) == 3
      error_message = "there are not three authorizers"
    }
  }
}

data "aws_api_gateway_api_key" "k" {
  id = aws_api_gateway_api_key.k.id
  lifecycle {
    postcondition {
      condition     = self.value == aws_api_gateway_api_key.k.value
      error_message = "the key has another value"
    }
  }
}

data "aws_api_gateway_api_keys" "customer" {
  customer_id    = aws_api_gateway_api_key.k.customer_id
  include_values = true
  lifecycle {
    postcondition {
      condition     = [for k in self.items : k.id] == [aws_api_gateway_api_key.k.id]
      error_message = "the keys of the customer are others"
    }
  }
}

data "aws_api_gateway_domain_name" "regional" {
  domain_name = aws_api_gateway_domain_name.regional.domain_name
}

data "aws_api_gateway_vpc_link" "l" {
  name = aws_api_gateway_vpc_link.l.name
  lifecycle {
    postcondition {
      condition     = self.id == aws_api_gateway_vpc_link.l.id && self.status == "AVAILABLE"
      error_message = "another VPC link was found by its name, or it is not available"
    }
  }
}

data "aws_api_gateway_export" "prod" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  export_type = "oas30"
  parameters  = { extensions = "integrations" }
  lifecycle {
    postcondition {
      condition     = strcontains(self.body, "x-amazon-apigateway-integration")
      error_message = "the export has no integrations"
    }
  }
}

data "aws_api_gateway_sdk" "prod" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.prod.stage_name
  sdk_type    = "javascript"
}
