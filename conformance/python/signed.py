"""Requests to a method with AWS_IAM, signed by botocore: in the header and in the query, by the root of the account, by
a session of a role and by a user without policies; one that is changed in any signed part is refused.

usage: signed.py CONTROL_URL GATEWAY_URL, with the keys of the control plane in the environment. The server has the
principals of signed.yaml and the account 000000000000.
"""

import urllib.error
import urllib.request

import boto3
import harness
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import check

gateway = harness.gateway_url()
REGION = "us-east-1"
client = harness.client()


def deploy():
    """Makes an API with a signed MOCK method at /pets/{id} and returns the URL of its stage."""
    api = client.create_rest_api(name="signed")
    pets = client.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="pets")
    pet = client.create_resource(restApiId=api["id"], parentId=pets["id"], pathPart="{id}")
    method = {"restApiId": api["id"], "resourceId": pet["id"], "httpMethod": "ANY"}
    client.put_method(authorizationType="AWS_IAM", **method)
    client.put_integration(type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}, **method)
    client.put_method_response(statusCode="200", **method)
    client.put_integration_response(
        statusCode="200", responseTemplates={"application/json": "$context.identity.userArn"}, **method)
    client.create_deployment(restApiId=api["id"], stageName="dev")
    return f"{gateway}/_aws/execute-api/{api['id']}/dev"


def sign(credentials, method, url, body=b"", headers=None, presigned=False, region=REGION):
    """Returns the request as botocore has signed it."""
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    signer = SigV4QueryAuth(credentials, "execute-api", region, expires=60) if presigned else SigV4Auth(credentials, "execute-api", region)
    signer.add_auth(request)
    return request.prepare()


def send(method, url, body, headers):
    """Sends a request and returns its status and its body, or its kind of error."""
    request = urllib.request.Request(url, data=body or None, method=method, headers={k: v for k, v in headers.items() if k.lower() != "host"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["x-amzn-ErrorType"]


def call(credentials, method, url, change=None, **options):
    """Signs a request, changes it, and sends it."""
    prepared = sign(credentials, method, url, **options)
    parts = {"method": prepared.method, "url": prepared.url, "body": prepared.body, "headers": dict(prepared.headers)}
    if change:
        change(parts)
    return send(**parts)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


stage = deploy()
root = boto3.Session().get_credentials().get_frozen_credentials()
root = Credentials(root.access_key, root.secret_key)
job = Credentials("ASIASIGNEDJOB", "secret of job", "token/+=")
bob = Credentials("AKIDSIGNEDBOB", "secret of bob")
ROOT, JOB = "arn:aws:iam::000000000000:root", "arn:aws:sts::000000000000:assumed-role/caller/job-1"

for path in ["/pets/7", "/pets/a%2Fb%20c?b=2&a=%2F%20x&a=1&empty=", "/pets/~-_.?x=%C3%A9&y=a%3Db"]:
    for presigned in (False, True):
        kind = f"{path}, {'query' if presigned else 'header'}"
        check(f"root, {kind}", call(root, "GET", stage + path, presigned=presigned), (200, ROOT))
        check(f"session, {kind}", call(job, "GET", stage + path, presigned=presigned), (200, JOB))
check("body", call(job, "POST", stage + "/pets/7", body=b'{"a": 1}', headers={"Content-Type": "application/json"}), (200, JOB))
check("no policy", call(bob, "GET", stage + "/pets/7"), (403, "AccessDeniedException"))
check("unsigned", send("GET", stage + "/pets/7", None, {}), (403, "MissingAuthenticationTokenException"))
check("unknown key", call(Credentials("AKIDNOBODY", "x"), "GET", stage + "/pets/7"), (403, "UnrecognizedClientException"))
check("wrong secret", call(Credentials(bob.access_key, "x"), "GET", stage + "/pets/7"), (403, "InvalidSignatureException"))
check("no token", call(Credentials(job.access_key, job.secret_key), "GET", stage + "/pets/7"), (403, "UnrecognizedClientException"))
check("another region", call(root, "GET", stage + "/pets/7", region="eu-west-1"), (403, "InvalidSignatureException"))
check("no such method", call(bob, "GET", stage + "/nope"), (404, "NotFoundException"))

MISMATCH = (403, "InvalidSignatureException")
changes = {
    "method": lambda p: p.update(method="PUT"),
    "path": lambda p: p.update(url=p["url"].replace("/pets/7", "/pets/8")),
    "query": lambda p: p.update(url=p["url"].replace("a=1", "a=2")),
    "body": lambda p: p.update(body=b'{"a": 2}'),
    "header": lambda p: p["headers"].update({"X-Custom": "b"}),
    "date": lambda p: p["headers"].update({"X-Amz-Date": text(p["headers"]["X-Amz-Date"])[:-2] + ("1Z" if text(p["headers"]["X-Amz-Date"])[-2] != "1" else "2Z")}),
}
for name, change in changes.items():
    got = call(root, "POST", stage + "/pets/7?a=1", change=change, body=b'{"a": 1}', headers={"X-Custom": "a", "Content-Type": "application/json"})
    check(f"changed {name}", got, MISMATCH)
check("changed presigned URL", call(root, "GET", stage + "/pets/7?a=1", change=changes["query"], presigned=True), MISMATCH)

harness.finish("signed requests")
