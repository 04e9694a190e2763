"""Calls of the control plane by principals, through boto3: their policies decide, the access key of the account does
everything, temporary credentials want their session token, and refusals have the service's texts.

usage: permissions.py CONTROL_URL, with the access key of the control plane in the environment. The server has the principals
of permissions.yaml and the account 000000000000.
"""

import boto3
import harness
from botocore.config import Config

from harness import check, patch, refusal, status

ACCOUNT = "arn:aws:iam::000000000000:"
ARN = "arn:aws:apigateway:us-east-1::"
INVALID = (403, "UnrecognizedClientException", "The security token included in the request is invalid.")


def as_principal(name, token=None, prefix="AKID", secret=None):
    """Returns a client with the credentials of one of the principals of permissions.yaml."""
    return boto3.Session().client(
        "apigateway", endpoint_url=harness.control_url(), region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}),
        aws_access_key_id=f"{prefix}PERM{name.upper()}", aws_secret_access_key=secret or f"secret of {name}", aws_session_token=token)


def denied(who, action, resource, explicit=False):
    """Returns the refusal of somebody who may not take an action on a resource."""
    because = " with an explicit deny in an identity-based policy" if explicit else f" because no identity-based policy allows the {action} action"
    return 403, "AccessDeniedException", f"User: {who} is not authorized to perform: {action} on resource: {resource}{because}"


root = harness.client()
reader, nobody, maker, blue, private, guest = (as_principal(name) for name in ("reader", "nobody", "maker", "blue", "private", "guest"))
tagger = as_principal("tagger", "token/+=", "ASIA")
READER, NOBODY, MAKER, BLUE, PRIVATE = (ACCOUNT + "user/" + name for name in ("ops/reader", "nobody", "maker", "blue", "private"))
TAGGER = "arn:aws:sts::000000000000:assumed-role/tagger/job-1"

# The access key of the account does everything.
api = root.create_rest_api(name="one", tags={"team": "blue"})["id"]
resource = root.get_resources(restApiId=api)["items"][0]["id"]
method = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
root.put_method(authorizationType="NONE", **method)
root.put_integration(type="MOCK", **method)
root.create_deployment(restApiId=api, stageName="prod")
check("the access key tags", status(root.tag_resource(resourceArn=f"{ARN}/restapis/{api}", tags={"cost": "a"})), 204)

# A principal reads what its policy lets it read, and does nothing else.
check("the reader lists", [item["name"] for item in reader.get_rest_apis()["items"]], ["one"])
check("the reader reads a method", reader.get_method(**method)["authorizationType"], "NONE")
check("the reader creates", refusal(reader.create_rest_api, name="two"), denied(READER, "apigateway:POST", ARN + "/restapis"))
check("the reader puts", refusal(reader.put_method, authorizationType="NONE", **{**method, "httpMethod": "POST"}),
      denied(READER, "apigateway:PUT", f"{ARN}/restapis/{api}/resources/{resource}/methods/POST"))
check("the reader deletes", refusal(reader.delete_stage, restApiId=api, stageName="prod"), denied(READER, "apigateway:DELETE", f"{ARN}/restapis/{api}/stages/prod"))
check("the reader patches", refusal(reader.update_account, patchOperations=patch(("replace", "/cloudwatchRoleArn", "nonsense"))),
      denied(READER, "apigateway:PATCH", ARN + "/account"))
check("the reader reads keys", refusal(reader.get_api_keys), denied(READER, "apigateway:GET", ARN + "/apikeys"))
check("the reader reads tags", refusal(reader.get_tags, resourceArn=f"{ARN}/restapis/{api}"),
      denied(READER, "apigateway:GET", f"{ARN}/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2F{api}"))
check("nobody reads", refusal(nobody.get_rest_api, restApiId=api), denied(NOBODY, "apigateway:GET", f"{ARN}/restapis/{api}"))
check("nothing was done", [stage["stageName"] for stage in root.get_stages(restApiId=api)["item"]], ["prod"])

# An explicit denial goes before what is allowed.
check("the maker reads the API", maker.get_rest_api(restApiId=api)["name"], "one")
check("the maker reads a stage", refusal(maker.get_stage, restApiId=api, stageName="prod"), denied(MAKER, "apigateway:GET", f"{ARN}/restapis/{api}/stages/prod", True))

# Tags of something new want a permission of their own.
TAGS = ARN + "/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2F"
check("the maker makes without tags", status(maker.create_rest_api(name="two")), 201)
check("the maker makes with tags", refusal(maker.create_rest_api, name="three", tags={"team": "a"}), denied(MAKER, "apigateway:PUT", TAGS + "restapis%2F*"))
check("the maker makes a key", refusal(maker.create_api_key, name="k", tags={"team": "a"}), denied(MAKER, "apigateway:PUT", TAGS + "apikeys%2F*"))
check("the maker makes a plan", refusal(maker.create_usage_plan, name="p", tags={"team": "a"}), denied(MAKER, "apigateway:PUT", TAGS + "usageplans%2F*"))
check("the maker makes a stage", refusal(maker.create_stage, restApiId=api, stageName="dev", deploymentId="d", tags={"team": "a"}),
      denied(MAKER, "apigateway:PUT", TAGS + f"restapis%2F{api}%2Fstages%2F*"))
check("the maker makes a certificate", refusal(maker.generate_client_certificate, tags={"team": "a"}), denied(MAKER, "apigateway:PUT", TAGS + "clientcertificates%2F*"))
check("the maker tags", refusal(maker.tag_resource, resourceArn=f"{ARN}/restapis/{api}", tags={"team": "a"}), denied(MAKER, "apigateway:PUT", f"{TAGS}restapis%2F{api}"))
check("the tagger makes with tags", tagger.create_rest_api(name="three", tags={"team": "red"})["tags"], {"team": "red"})
check("the tagger makes with other tags", refusal(tagger.create_rest_api, name="four", tags={"other": "a"}), denied(TAGGER, "apigateway:PUT", TAGS + "restapis%2F*"))
check("the tagger tags", status(tagger.tag_resource(resourceArn=f"{ARN}/restapis/{api}", tags={"cost": "b"})), 204)
check("only what may be was made", sorted(item["name"] for item in root.get_rest_apis()["items"]), ["one", "three", "two"])

# The tags of what a call is about: those of an API hold for what is below it.
check("blue reads its API", blue.get_rest_api(restApiId=api)["name"], "one")
check("blue changes its API", blue.put_integration(type="HTTP", integrationHttpMethod="GET", uri="http://a.example.com", **method)["type"], "HTTP")
three = [item["id"] for item in root.get_rest_apis()["items"] if item["name"] == "three"][0]
check("blue reads another's", refusal(blue.get_rest_api, restApiId=three), denied(BLUE, "apigateway:GET", f"{ARN}/restapis/{three}"))

# What a call is about to make.
check("a private API", private.create_rest_api(name="p", endpointConfiguration={"types": ["PRIVATE"]})["name"], "p")
check("a public API", refusal(private.create_rest_api, name="q", endpointConfiguration={"types": ["REGIONAL"]}), denied(PRIVATE, "apigateway:POST", ARN + "/restapis"))
check("an API with the default endpoint", refusal(private.create_rest_api, name="q"), denied(PRIVATE, "apigateway:POST", ARN + "/restapis"))
check("a change of a public API", refusal(private.update_rest_api, restApiId=api, patchOperations=patch(("replace", "/name", "x"))),
      denied(PRIVATE, "apigateway:PATCH", f"{ARN}/restapis/{api}"))
ROLE = ACCOUNT + "role/logs"
check("a role", refusal(maker.update_account, patchOperations=patch(("replace", "/cloudwatchRoleArn", ROLE))), denied(MAKER, "iam:PassRole", ROLE))
check("a policy", refusal(maker.update_rest_api, restApiId=api, patchOperations=patch(("replace", "/policy", ""))),
      denied(MAKER, "apigateway:UpdateRestApiPolicy", f"{ARN}/restapis/{api}"))

# Accounts share nothing, and credentials are what they are.
check("another account", guest.get_rest_apis()["items"], [])
for what, client in {
        "no token": as_principal("tagger", None, "ASIA"), "another token": as_principal("tagger", "token", "ASIA"),
        "a token too many": as_principal("reader", "token/+="), "an unknown key": as_principal("stranger")}.items():
    check(what, refusal(client.get_rest_apis), INVALID)
check("a wrong secret", refusal(as_principal("reader", secret="x").get_rest_apis)[:2], (403, "InvalidSignatureException"))

harness.finish("permissions of principals")
