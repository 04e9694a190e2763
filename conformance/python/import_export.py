#!/usr/bin/env python3
"""Holds a running server to the import and export of OpenAPI documents, through boto3.

A document is imported, put into an existing API in both modes, refused where it has mistakes, deployed, called, and
exported in both formats; what was exported is imported again.

usage: import_export.py [CONTROL_URL [GATEWAY_URL]]      (see harness.py)
"""

import json
import urllib.request

import harness
from harness import check as same, finish, pages

DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "Imported", "version": "1.0", "description": "by boto3"},
    "servers": [{"url": "https://example.com/base/path"}],
    "x-amazon-apigateway-binary-media-types": ["image/png"],
    "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
    "components": {
        "schemas": {
            "Pet": {"type": "object", "properties": {"friend": {"$ref": "#/components/schemas/Pet"}}},
        },
        "securitySchemes": {"api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"}},
    },
    "paths": {
        "/pets/{id}": {
            "get": {
                "operationId": "getPet",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}},
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 200}'},
                    "responses": {"default": {"statusCode": 200, "responseTemplates": {"application/json": '{"id": "$input.params(\'id\')"}'}}},
                },
            },
        },
    },
}

MISTAKES = {
    "openapi": "3.0.1",
    "info": {"title": "Refused", "version": "1.0"},
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}, "schemas": {"My-Pet": {"type": "object"}}},
    "paths": {
        "/a": {"get": {"responses": {}, "x-amazon-apigateway-integration": {"type": "http", "httpMethod": "GET", "uri": "nowhere"}}},
        "/{x}": {}, "/{y}": {},
    },
}
REFUSAL = """Errors found during import:
	Unable to create model for 'My-Pet': Model name must be alphanumeric: My-Pet
	Unable to create resource at path '/{y}': A sibling ({x}) of this resource already has a variable path part -- only one is allowed
	Unable to put integration on 'GET' for resource at path '/a': Invalid HTTP endpoint specified for URI
Additionally, these warnings were found:
	Unsupported security definition type 'http' for 'basic'. Ignoring."""

WARNED = {
    "openapi": "3.0.1", "info": {"title": "Warned", "version": "1.0"}, "paths": {},
    "components": {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}},
}
WARNING = "Unsupported security definition type 'http' for 'basic'. Ignoring."

def refused(what, want, call, **arguments):
    answer = harness.refusal(call, **arguments)
    same(what, answer, (400, "BadRequestException", want))


def tree(apigateway, api):
    """Returns the resources of an API with their verbs."""
    return {r["path"]: sorted(r.get("resourceMethods", {})) for r in pages(apigateway, "get_resources", restApiId=api)}


def main():
    apigateway, gateway = harness.client(), harness.gateway_url()
    body = json.dumps(DOCUMENT)

    api = apigateway.import_rest_api(body=body, parameters={"endpointConfigurationTypes": "REGIONAL"})
    same("name, version, description", (api["name"], api["version"], api["description"]), ("Imported", "1.0", "by boto3"))
    same("endpoint", api["endpointConfiguration"]["types"], ["REGIONAL"])
    same("tags of an import", api.get("tags"), None)
    same("warnings where there are none", api.get("warnings"), None)
    same("resources", tree(apigateway, api["id"]), {"/": [], "/pets": [], "/pets/{id}": ["GET"]})
    same("models", [m["name"] for m in apigateway.get_models(restApiId=api["id"])["items"]], ["Pet"])
    for mode, prefix in [("prepend", "/base/path"), ("split", "/path")]:
        other = apigateway.import_rest_api(body=body, parameters={"basepath": mode})
        same(f"basepath={mode}", prefix + "/pets/{id}" in tree(apigateway, other["id"]), True)
        apigateway.delete_rest_api(restApiId=other["id"])

    before = tree(apigateway, api["id"])
    refused("import of mistakes", REFUSAL, apigateway.import_rest_api, body=json.dumps(MISTAKES))
    refused("put of mistakes", REFUSAL, apigateway.put_rest_api, restApiId=api["id"], mode="merge", body=json.dumps(MISTAKES))
    same("after mistakes", tree(apigateway, api["id"]), before)
    same("warnings", apigateway.put_rest_api(restApiId=api["id"], mode="merge", body=json.dumps(WARNED))["warnings"], [WARNING])
    refused("failonwarnings", "Warnings found during import:\n\t" + WARNING, apigateway.put_rest_api,
            restApiId=api["id"], mode="merge", failOnWarnings=True, body=json.dumps(WARNED))
    same("name after a merge", apigateway.get_rest_api(restApiId=api["id"])["name"], "Warned")
    same("resources after a merge", tree(apigateway, api["id"]), before)
    same("tags of a put", apigateway.put_rest_api(restApiId=api["id"], mode="overwrite", body=body).get("tags", {}), {})

    apigateway.create_deployment(restApiId=api["id"], stageName="v1")
    with urllib.request.urlopen(f"{gateway}/_aws/execute-api/{api['id']}/v1/pets/7") as answer:
        same("call", json.load(answer), {"id": "7"})

    for kind in ["oas30", "swagger"]:
        for accepts in ["application/json", "application/yaml"]:
            exported = apigateway.get_export(restApiId=api["id"], stageName="v1", exportType=kind, accepts=accepts,
                                             parameters={"extensions": "apigateway"})
            ending = accepts.removeprefix("application/")
            same(f"{kind} as {ending}: name", exported["contentDisposition"], f'attachment; filename="{kind}_1.0.{ending}"')
            document = exported["body"].read()
            again = apigateway.import_rest_api(body=document, failOnWarnings=True)
            same(f"{kind} as {ending}: resources", tree(apigateway, again["id"]), before)
            same(f"{kind} as {ending}: media types", again["binaryMediaTypes"], ["image/png"])
            apigateway.delete_rest_api(restApiId=again["id"])
    plain = json.load(apigateway.get_export(restApiId=api["id"], stageName="v1", exportType="oas30")["body"])
    same("an export without extensions", "x-amazon" in json.dumps(plain), False)
    refused("unknown type", "No API exporter for type 'raml'", apigateway.get_export, restApiId=api["id"], stageName="v1", exportType="raml")
    apigateway.delete_rest_api(restApiId=api["id"])
    finish("import and export")


if __name__ == "__main__":
    main()
