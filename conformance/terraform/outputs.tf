# The ids under which what is there can be imported, by the address of the resource.

output "ids" {
  value = {
    "account.a"                              = "account"
    "rest_api.a"                             = aws_api_gateway_rest_api.a.id
    "rest_api.private"                       = aws_api_gateway_rest_api.private.id
    "rest_api_policy.a"                      = aws_api_gateway_rest_api.a.id
    "resource.pets"                          = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pets.id}"
    "resource.pet"                           = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pet.id}"
    "resource.private"                       = "${aws_api_gateway_rest_api.private.id}/${aws_api_gateway_resource.private.id}"
    "authorizer.token"                       = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_authorizer.token.id}"
    "authorizer.request"                     = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_authorizer.request.id}"
    "authorizer.pool"                        = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_authorizer.pool.id}"
    "request_validator.v"                    = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_request_validator.v.id}"
    "model.pet"                              = "${aws_api_gateway_rest_api.a.id}/Pet"
    "method.get"                             = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pet.id}/GET"
    "integration.get"                        = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pet.id}/GET"
    "method.private"                         = "${aws_api_gateway_rest_api.private.id}/${aws_api_gateway_resource.private.id}/ANY"
    "integration.private"                    = "${aws_api_gateway_rest_api.private.id}/${aws_api_gateway_resource.private.id}/ANY"
    "method_response.ok"                     = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pet.id}/GET/200"
    "integration_response.ok"                = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_resource.pet.id}/GET/200"
    "gateway_response.throttled"             = "${aws_api_gateway_rest_api.a.id}/THROTTLED"
    "documentation_part.p"                   = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_documentation_part.p.documentation_part_id}"
    "documentation_version.v"                = "${aws_api_gateway_rest_api.a.id}/1.0"
    "deployment.d"                           = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_deployment.d.id}"
    "deployment.private"                     = "${aws_api_gateway_rest_api.private.id}/${aws_api_gateway_deployment.private.id}"
    "stage.private"                          = "${aws_api_gateway_rest_api.private.id}/in"
    "deployment.canary"                      = "${aws_api_gateway_rest_api.a.id}/${aws_api_gateway_deployment.canary.id}"
    "client_certificate.c"                   = aws_api_gateway_client_certificate.c.id
    "stage.prod"                             = "${aws_api_gateway_rest_api.a.id}/prod"
    "stage.canary"                           = "${aws_api_gateway_rest_api.a.id}/test"
    "method_settings.all"                    = "${aws_api_gateway_rest_api.a.id}/prod/*/*"
    "method_settings.get"                    = "${aws_api_gateway_rest_api.a.id}/prod/pets/GET"
    "vpc_link.l"                             = aws_api_gateway_vpc_link.l.id
    "api_key.k"                              = aws_api_gateway_api_key.k.id
    "api_key.own"                            = aws_api_gateway_api_key.own.id
    "usage_plan.p"                           = aws_api_gateway_usage_plan.p.id
    "usage_plan_key.k"                       = "${aws_api_gateway_usage_plan.p.id}/${aws_api_gateway_api_key.k.id}"
    "domain_name.regional"                   = "api.example.com"
    "domain_name.edge"                       = "edge.example.com"
    "domain_name.private"                    = "in.example.com/${aws_api_gateway_domain_name.private.domain_name_id}"
    "domain_name_access_association.private" = aws_api_gateway_domain_name_access_association.private.arn
    "base_path_mapping.root"                 = "api.example.com/"
    "base_path_mapping.pets"                 = "edge.example.com/${aws_api_gateway_base_path_mapping.pets.base_path}"
    "base_path_mapping.private"              = "in.example.com/in/${aws_api_gateway_domain_name.private.domain_name_id}"
  }
}
