#!/usr/bin/env python3
"""Holds a running server to REST APIs and what they are made of, through boto3: resources, methods and their responses, integrations and
theirs, models, request validators, gateway responses, authorizers and tags.

usage: rest_apis.py [CONTROL_URL]      (see harness.py)
"""

from harness import ACCOUNT, check, client, finish, has, pages, patch, refusal, status

FUNCTION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:{ACCOUNT}:function:f/invocations"


def bad(message):
    return 400, "BadRequestException", message


def gone(message):
    return 404, "NotFoundException", message


def rest_apis(c):
    made = c.create_rest_api(name="pets", description="all pets", version="1", binaryMediaTypes=["image/png"], minimumCompressionSize=0,
                             endpointConfiguration={"types": ["REGIONAL"]}, tags={"a": "b"})
    api = made["id"]
    check("create", status(made), 201)
    has("created", made, {"name": "pets", "description": "all pets", "version": "1", "binaryMediaTypes": ["image/png"], "minimumCompressionSize": 0,
                          "apiKeySource": "HEADER", "disableExecuteApiEndpoint": False, "tags": {"a": "b"}})
    check("endpoint", made["endpointConfiguration"], {"types": ["REGIONAL"], "ipAddressType": "ipv4"})
    changed = c.update_rest_api(restApiId=api, patchOperations=patch(
        ("replace", "/name", "animals"), ("remove", "/binaryMediaTypes/image~1png", None), ("add", "/binaryMediaTypes/a~1b", None),
        ("replace", "/apiKeySource", "AUTHORIZER"), ("replace", "/minimumCompressionSize", "10"), ("replace", "/description", "")))
    has("update", changed, {"name": "animals", "binaryMediaTypes": ["a/b"], "apiKeySource": "AUTHORIZER", "minimumCompressionSize": 10})
    check("get", c.get_rest_api(restApiId=api)["name"], "animals")
    other = c.create_rest_api(name="clone", cloneFrom=api)
    check("clone", [r["path"] for r in c.get_resources(restApiId=other["id"])["items"]], ["/"])
    check("pages", sorted(a["name"] for a in pages(c, "get_rest_apis")), ["animals", "clone"])
    arn = f"arn:aws:apigateway:{c.meta.region_name}::/restapis/{api}"
    check("tag", status(c.tag_resource(resourceArn=arn, tags={"c": "d"})), 204)
    check("tags", c.get_tags(resourceArn=arn)["tags"], {"a": "b", "c": "d"})
    check("untag", status(c.untag_resource(resourceArn=arn, tagKeys=["a"])), 204)
    check("tags of the API", c.get_rest_api(restApiId=api)["tags"], {"c": "d"})
    check("delete", status(c.delete_rest_api(restApiId=other["id"])), 202)
    check("deleted", refusal(c.get_rest_api, restApiId=other["id"]), gone(f"Invalid API identifier specified {account(c)}:{other['id']}"))
    return api


def account(c):
    """Returns the account that the server takes the caller for."""
    return refusal(c.get_rest_api, restApiId="none")[2].removeprefix("Invalid API identifier specified ").split(":")[0]


def resources(c, api):
    root = c.get_resources(restApiId=api)["items"][0]
    check("root", root, {"id": root["id"], "path": "/"})
    made = c.create_resource(restApiId=api, parentId=root["id"], pathPart="pets")
    check("create", (status(made), made["path"], made["parentId"]), (201, "/pets", root["id"]))
    child = c.create_resource(restApiId=api, parentId=made["id"], pathPart="{id}")
    check("taken", refusal(c.create_resource, restApiId=api, parentId=root["id"], pathPart="pets"),
          (409, "ConflictException", "Another resource with the same parent already has this name: pets"))
    check("second variable", refusal(c.create_resource, restApiId=api, parentId=made["id"], pathPart="{x}"),
          bad("A sibling ({id}) of this resource already has a variable path part -- only one is allowed"))
    moved = c.update_resource(restApiId=api, resourceId=made["id"], patchOperations=patch(("replace", "/pathPart", "animals")))
    check("renamed", moved["path"], "/animals")
    check("child of it", c.get_resource(restApiId=api, resourceId=child["id"])["path"], "/animals/{id}")
    check("pages", sorted(r["path"] for r in pages(c, "get_resources", restApiId=api)), ["/", "/animals", "/animals/{id}"])
    check("delete", status(c.delete_resource(restApiId=api, resourceId=made["id"])), 202)
    check("child is gone", refusal(c.get_resource, restApiId=api, resourceId=child["id"]), gone("Invalid Resource identifier specified"))
    return root["id"]


def methods(c, api, root):
    at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    made = c.put_method(**at, authorizationType="NONE", operationName="list", requestParameters={"method.request.querystring.q": True})
    check("put", status(made), 201)
    has("method", made, {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False, "operationName": "list",
                         "requestParameters": {"method.request.querystring.q": True}})
    check("taken", refusal(c.put_method, **at, authorizationType="NONE"), (409, "ConflictException", "Method already exists for this resource"))
    changed = c.update_method(**at, patchOperations=patch(
        ("replace", "/apiKeyRequired", "true"), ("add", "/requestParameters/method.request.header.H", "false"),
        ("remove", "/requestParameters/method.request.querystring.q", None)))
    has("update", changed, {"apiKeyRequired": True, "requestParameters": {"method.request.header.H": False}})

    made = c.put_method_response(**at, statusCode="200", responseParameters={"method.response.header.A": False})
    check("response", (status(made), made["statusCode"]), (201, "200"))
    changed = c.update_method_response(**at, statusCode="200", patchOperations=patch(("add", "/responseModels/application~1json", "Empty")))
    check("response's model", changed["responseModels"], {"application/json": "Empty"})
    check("get response", c.get_method_response(**at, statusCode="200")["responseParameters"], {"method.response.header.A": False})

    made = c.put_integration(**at, type="HTTP", integrationHttpMethod="POST", uri="http://example.com/",
                             requestParameters={"integration.request.header.X": "method.request.header.H"})
    check("integration", status(made), 201)
    has("integration's defaults", made, {"passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": root, "connectionType": "INTERNET"})
    changed = c.update_integration(**at, patchOperations=patch(
        ("replace", "/uri", "http://example.com/v2"), ("add", "/requestTemplates/application~1json", "{}"), ("replace", "/timeoutInMillis", "1000")))
    has("changed integration", changed, {"uri": "http://example.com/v2", "requestTemplates": {"application/json": "{}"}, "timeoutInMillis": 1000})
    made = c.put_integration_response(**at, statusCode="200", selectionPattern="2..", responseParameters={"method.response.header.A": "'b'"})
    check("integration response", (status(made), made["selectionPattern"]), (201, "2.."))
    changed = c.update_integration_response(**at, statusCode="200", patchOperations=patch(("replace", "/selectionPattern", "")))
    check("default response", changed.get("selectionPattern", ""), "")
    check("get integration response", c.get_integration_response(**at, statusCode="200")["responseParameters"], {"method.response.header.A": "'b'"})
    check("embedded", sorted(c.get_resources(restApiId=api, embed=["methods"])["items"][0]["resourceMethods"]["GET"]["methodIntegration"]["integrationResponses"]), ["200"])

    for name, arguments in [("integration_response", {"statusCode": "200"}), ("integration", {}), ("method_response", {"statusCode": "200"}), ("method", {})]:
        check(f"delete {name}", status(getattr(c, f"delete_{name}")(**at, **arguments)), 204)
        check(f"deleted {name}", refusal(getattr(c, f"get_{name}"), **at, **arguments)[:2], (404, "NotFoundException"))


def models(c, api):
    made = c.create_model(restApiId=api, name="Pet", contentType="application/json", schema='{"type":"object"}', description="d")
    check("create", (status(made), made["name"], made["schema"]), (201, "Pet", '{"type":"object"}'))
    check("taken", refusal(c.create_model, restApiId=api, name="Pet", contentType="application/json", schema="{}"),
          (409, "ConflictException", "Model name already exists for this REST API"))
    check("name", refusal(c.create_model, restApiId=api, name="My-Pet", contentType="application/json", schema="{}"), bad("Model name must be alphanumeric: My-Pet"))
    changed = c.update_model(restApiId=api, modelName="Pet", patchOperations=patch(("replace", "/schema", '{"type":"array"}')))
    check("update", changed["schema"], '{"type":"array"}')
    check("template", "value" in c.get_model_template(restApiId=api, modelName="Pet"), True)
    check("pages", sorted(m["name"] for m in pages(c, "get_models", restApiId=api)), ["Empty", "Error", "Pet"])
    check("delete", status(c.delete_model(restApiId=api, modelName="Pet")), 202)
    check("deleted", refusal(c.get_model, restApiId=api, modelName="Pet")[:2], (404, "NotFoundException"))


def validators(c, api):
    made = c.create_request_validator(restApiId=api, name="v", validateRequestBody=True)
    check("create", status(made), 201)
    has("created", made, {"name": "v", "validateRequestBody": True, "validateRequestParameters": False})
    at = {"restApiId": api, "requestValidatorId": made["id"]}
    changed = c.update_request_validator(**at, patchOperations=patch(("replace", "/validateRequestParameters", "true"), ("replace", "/name", "w")))
    has("update", changed, {"name": "w", "validateRequestParameters": True})
    check("pages", [v["name"] for v in pages(c, "get_request_validators", restApiId=api)], ["w"])
    check("delete", status(c.delete_request_validator(**at)), 202)
    check("deleted", refusal(c.get_request_validator, **at)[:2], (404, "NotFoundException"))


def gateway_responses(c, api):
    at = {"restApiId": api, "responseType": "THROTTLED"}
    check("default", c.get_gateway_response(**at)["defaultResponse"], True)
    made = c.put_gateway_response(**at, statusCode="503", responseParameters={"gatewayresponse.header.A": "'b'"}, responseTemplates={"text/plain": "wait"})
    has("put", made, {"statusCode": "503", "defaultResponse": False, "responseTemplates": {"text/plain": "wait"}})
    changed = c.update_gateway_response(**at, patchOperations=patch(("replace", "/statusCode", "429"), ("remove", "/responseParameters/gatewayresponse.header.A", None)))
    has("update", changed, {"statusCode": "429", "responseParameters": {}})
    every = pages(c, "get_gateway_responses", restApiId=api)
    check("pages", (len(every) > 15, [r["responseType"] for r in every if not r["defaultResponse"]]), (True, ["THROTTLED"]))
    check("delete", status(c.delete_gateway_response(**at)), 202)
    check("default again", c.get_gateway_response(**at)["defaultResponse"], True)


def authorizers(c, api):
    made = c.create_authorizer(restApiId=api, name="token", type="TOKEN", authorizerUri=FUNCTION, identitySource="method.request.header.Authorization")
    check("create", status(made), 201)
    has("created", made, {"name": "token", "type": "TOKEN", "authorizerUri": FUNCTION, "authorizerResultTtlInSeconds": 300})
    pool = f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_a"
    c.create_authorizer(restApiId=api, name="pool", type="COGNITO_USER_POOLS", providerARNs=[pool], identitySource="method.request.header.Authorization")
    at = {"restApiId": api, "authorizerId": made["id"]}
    changed = c.update_authorizer(**at, patchOperations=patch(("replace", "/authorizerResultTtlInSeconds", "0"), ("replace", "/name", "t")))
    has("update", changed, {"name": "t", "authorizerResultTtlInSeconds": 0})
    check("pages", sorted(a["name"] for a in pages(c, "get_authorizers", restApiId=api)), ["pool", "t"])
    check("delete", status(c.delete_authorizer(**at)), 202)
    check("deleted", refusal(c.get_authorizer, **at), gone("Invalid Authorizer identifier specified"))


def main():
    c = client()
    api = rest_apis(c)
    root = resources(c, api)
    methods(c, api, root)
    for family in (models, validators, gateway_responses, authorizers):
        family(c, api)
    c.delete_rest_api(restApiId=api)
    finish("REST APIs")


if __name__ == "__main__":
    main()
