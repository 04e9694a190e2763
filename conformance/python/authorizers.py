#!/usr/bin/env python3
"""Holds a running server to authorizers, through boto3.

usage: authorizers.py [CONTROL_URL]      (see harness.py)
"""

from harness import check, client as connect, finish, pages, refusal, status

GONE = (404, "NotFoundException", "Invalid Authorizer identifier specified")
SOURCE = "method.request.header.Authorization"
POOL = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"
TTL = "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
NEEDS_AUTHORIZER = ("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid "
                    "authorizer.")


def bad(message):
    return 400, "BadRequestException", message


def without_metadata(response):
    return {k: v for k, v in response.items() if k != "ResponseMetadata"}


def uri(client, function="f"):
    region = client.meta.region_name
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:123456789012:function:{function}/invocations"


def creation(client, api):
    token = dict(restApiId=api, name="t", type="TOKEN", authorizerUri=uri(client), identitySource=SOURCE)
    refused = [
        ("type", {"type": "NOPE"}, "1 validation error detected: Value 'NOPE' at 'createAuthorizerInput.type' failed to satisfy constraint: "
         "Member must satisfy enum value set: [TOKEN, REQUEST, COGNITO_USER_POOLS]", "ValidationException"),
        ("no source", {"identitySource": ""}, "IdentitySource cannot be empty", None),
        ("no source of a REQUEST that is kept", {"type": "REQUEST", "identitySource": ""}, "IdentitySource cannot be empty", None),
        ("wrong source", {"type": "REQUEST", "identitySource": f"{SOURCE}, method.request.path.id"},
         "Invalid request identity source expression: method.request.path.id", None),
        ("no pool", {"type": "COGNITO_USER_POOLS"}, "ProviderARNs cannot be empty", None),
        ("TTL", {"authorizerResultTtlInSeconds": 3601}, TTL, None),
        ("negative TTL", {"authorizerResultTtlInSeconds": -1}, TTL, None),
    ]
    for what, change, message, kind in refused:
        check(f"create: {what}", refusal(client.create_authorizer, **(token | change)), (400, kind or "BadRequestException", message))
    wrong = "arn:aws:lambda:us-east-1:123456789012:function:f"
    for place in (api, "nowhere"):
        got = refusal(client.create_authorizer, **(token | {"authorizerUri": wrong, "restApiId": place}))
        check("create: URI, judged before the API", (got[:2], got[2].startswith(
            f"Invalid Authorizer URI: {wrong}. Authorizer URI should be a valid API Gateway ARN")), ((400, "BadRequestException"), True))
    check("create: unknown API", refusal(client.create_authorizer, **(token | {"restApiId": "nowhere"})), (
        409, "ConflictException", "Unable to complete operation due to concurrent modification. Please try again later."))

    made = client.create_authorizer(**token)
    check("create", (status(made), without_metadata(made)), (201, {
        "id": made["id"], "name": "t", "type": "TOKEN", "authType": "custom", "authorizerUri": uri(client), "identitySource": SOURCE,
        "authorizerResultTtlInSeconds": 300}))
    check("create: duplicate name", refusal(client.create_authorizer, **token),
          bad("Authorizer name must be unique. Authorizer t already exists in this RestApi."))
    pool = client.create_authorizer(restApiId=api, name="p", type="COGNITO_USER_POOLS", identitySource=SOURCE, providerARNs=[POOL])
    check("create: user pool", without_metadata(pool), {
        "id": pool["id"], "name": "p", "type": "COGNITO_USER_POOLS", "authType": "cognito_user_pools", "identitySource": SOURCE,
        "providerARNs": [POOL], "authorizerResultTtlInSeconds": 300})
    request = client.create_authorizer(restApiId=api, name="r", type="REQUEST", authorizerUri=uri(client), authorizerResultTtlInSeconds=0)
    check("create: REQUEST", ("identitySource" in request, request["authorizerResultTtlInSeconds"]), (False, 0))
    ids = {item["id"] for item in pages(client, "get_authorizers", restApiId=api)}
    check("list", ids, {made["id"], pool["id"], request["id"]})
    check("get", without_metadata(client.get_authorizer(restApiId=api, authorizerId=made["id"])), without_metadata(made))
    return made["id"], pool["id"], request["id"]


def changes(client, api, token, pool, request):
    def update(authorizer, *operations):
        return client.update_authorizer(restApiId=api, authorizerId=authorizer, patchOperations=[
            {"op": op, "path": path} | ({"value": value[0]} if value else {}) for op, path, *value in operations])

    got = update(token, ("replace", "/name", "t2"), ("replace", "/authType", "x"), ("replace", "/authorizerResultTtlInSeconds", "0"),
                 ("replace", "/identitySource", "method.request.header.A"), ("replace", "/identityValidationExpression", "^a(?=b)"),
                 ("replace", "/authorizerUri", uri(client, "g")), ("replace", "/authorizerCredentials", "arn:aws:iam::123456789012:role/r"))
    check("update", without_metadata(got), {
        "id": token, "name": "t2", "type": "TOKEN", "authType": "x", "authorizerUri": uri(client, "g"), "identitySource": "method.request.header.A",
        "identityValidationExpression": "^a(?=b)", "authorizerCredentials": "arn:aws:iam::123456789012:role/r", "authorizerResultTtlInSeconds": 0})
    got = update(token, ("replace", "/authorizerCredentials", ""), ("replace", "/identityValidationExpression", ""))
    check("update: emptied", ("authorizerCredentials" in got, "identityValidationExpression" in got), (False, False))
    got = update(pool, ("add", "/providerARNs", POOL + "2"), ("remove", "/providerARNs", POOL))
    check("update: pools", got["providerARNs"], [POOL + "2"])
    got = update(request, ("add", "/identitySource", "method.request.querystring.a"), ("replace", "/type", "REQUEST"))
    check("update: source", got["identitySource"], "method.request.querystring.a")
    for what, operation, message in [
        ("path", ("replace", "/nope", "x"), "Invalid patch path  '/nope' specified for op 'replace'. Must be one of: [/name, /type, /authType, "
         "/authorizerUri, /authorizerCredentials, /authorizerResultTtlInSeconds, /identitySource, /identityValidationExpression]"),
        ("copy", ("copy", "/name"), "Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations"),
        ("TTL", ("replace", "/authorizerResultTtlInSeconds", "3601"), TTL),
        ("last pool", ("remove", "/providerARNs", POOL + "2"), "ProviderARNs cannot be empty"),
        ("name", ("replace", "/name", "t2"), "Authorizer name must be unique. Authorizer t2 already exists in this RestApi."),
    ]:
        check(f"update: {what}", refusal(lambda op=operation: update(pool, op)), bad(message))


def uses(client, api, root, token, pool):
    method = dict(restApiId=api, resourceId=root, httpMethod="GET")
    for kind, authorizer in (("CUSTOM", pool), ("COGNITO_USER_POOLS", token), ("CUSTOM", "nope")):
        check(f"method of {kind} with another authorizer", refusal(client.put_method, **method, authorizationType=kind, authorizerId=authorizer),
              bad(NEEDS_AUTHORIZER))
    check("scopes", refusal(client.put_method, **method, authorizationType="CUSTOM", authorizerId=token, authorizationScopes=["a"]),
          bad("Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type"))
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=token)
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    check("delete of one in use", refusal(client.delete_authorizer, restApiId=api, authorizerId=token), (
        409, "ConflictException", "Cannot delete authorizer 't2', is referenced in method: //GET"))
    client.create_deployment(restApiId=api, stageName="prod")


def operations(client, api, token, pool):
    check("test: no identity", tested(client, api, token), (401, True))
    check("test: a token that is none", tested(client, api, pool, headers={"Authorization": "x"}), (401, True))
    check("test: unknown", refusal(client.test_invoke_authorizer, restApiId=api, authorizerId="nope"), GONE)
    check("test: unknown API", refusal(client.test_invoke_authorizer, restApiId="nope", authorizerId=token), GONE)
    check("test: stage variable", refusal(client.test_invoke_authorizer, restApiId=api, authorizerId=token, stageVariables={"a-b": "x"}),
          bad("Invalid stage variable name: a-b. Please use names with only word characters."))
    check("flush", status(client.flush_stage_authorizers_cache(restApiId=api, stageName="prod")), 202)
    check("flush: unknown stage", refusal(client.flush_stage_authorizers_cache, restApiId=api, stageName="nope"),
          (404, "NotFoundException", "Invalid stage identifier specified"))


def tested(client, api, authorizer, **arguments):
    """Returns the status of a test, and whether it has a log and a latency."""
    got = client.test_invoke_authorizer(restApiId=api, authorizerId=authorizer, **arguments)
    return got["clientStatus"], got["log"].startswith("Execution log for request ") and got["latency"] >= 0


def main():
    client = connect()
    api = client.create_rest_api(name="authorizers")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    token, pool, request = creation(client, api)
    changes(client, api, token, pool, request)
    uses(client, api, root, token, pool)
    operations(client, api, token, pool)
    check("delete", status(client.delete_authorizer(restApiId=api, authorizerId=request)), 202)
    check("deleted", refusal(client.get_authorizer, restApiId=api, authorizerId=request), GONE)
    check("list of an unknown API", refusal(client.get_authorizers, restApiId="nope")[:2], (404, "NotFoundException"))
    client.delete_rest_api(restApiId=api)
    check("gone with the API", refusal(client.get_authorizer, restApiId=api, authorizerId=token), GONE)
    finish("authorizers")


if __name__ == "__main__":
    main()
