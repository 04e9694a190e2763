#!/usr/bin/env python3
"""Holds a running server to PutIntegration and its neighbours, through boto3.

Each parameter of put_integration is put for each of the five types and read back as it came over the wire; every
message of the two operations is provoked and compared; MOCK, HTTP and HTTP_PROXY integrations are deployed and called.

usage: put_integration.py [CONTROL_URL [GATEWAY_URL]]

Without arguments the URLs are those of SLUICE_CONTROL_URL and SLUICE_GATEWAY_URL, else http://127.0.0.1:4567 and
http://127.0.0.1:8080. Credentials and region are boto3's own, or made up: start the server with --auth off for that.
Prints what does not hold and exits with status 1; prints one line and exits with 0 when all holds.
"""

import http.server
import json
import os
import sys
import threading
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError

FRAME = "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
LAMBDA = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/invocations"
STREAMING = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:123456789012:function:pets/response-streaming-invocations"
NUMBER_CLASS = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"
TYPES = "[HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"
HTTP_TYPES = ("HTTP", "HTTP_PROXY")

# What each type needs, and what is answered for that besides the members of every integration.
BACK_ENDS = {
    "HTTP": {"uri": "http://example.com/{id}", "integrationHttpMethod": "POST"},
    "HTTP_PROXY": {"uri": "http://example.com/{id}", "integrationHttpMethod": "POST"},
    "AWS": {"uri": "arn:aws:apigateway:us-east-1:s3:path/bucket/key", "integrationHttpMethod": "POST"},
    "AWS_PROXY": {"uri": LAMBDA, "integrationHttpMethod": "POST"},
    "MOCK": {},
}

MAPPING = {
    "integration.request.querystring.a": "method.request.multivaluequerystring.q",
    "integration.request.header.b": "'static value'",
    "integration.request.path.id": "method.request.body.a.b[0]",
    "integration.request.header.c": "context.authorizer.claims.sub",
    "integration.request.header.d": "stageVariables.v",
    "integration.request.header.e": "method.request.body",
}
VPC_LINK = {
    "connectionType": "VPC_LINK", "connectionId": "${stageVariables.link}",
    "integrationTarget": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x",
}
VARIABLE_URI = "https://${stageVariables.host}:8443/a?b=c"

# Parameters: name, what is put, what it adds to the answer (the same where None), the types that take it (all where None).
PARAMETERS = [
    ("nothing", {}, {}, None),
    ("integrationHttpMethod", {"integrationHttpMethod": "ANY"}, {"httpMethod": "ANY"}, None),
    ("uri", {"uri": VARIABLE_URI}, None, HTTP_TYPES),
    ("connectionType INTERNET", {"connectionType": "INTERNET"}, {}, None),
    ("connectionType VPC_LINK", VPC_LINK, None, HTTP_TYPES),
    ("connectionId alone", {"connectionId": "abc"}, {}, None),
    ("credentials", {"credentials": "arn:aws:iam::000000000000:role/r"}, None, None),
    ("credentials of the caller", {"credentials": "arn:aws:iam::*:user/*"}, None, None),
    ("requestParameters", {"requestParameters": MAPPING}, None, None),
    ("requestParameters empty", {"requestParameters": {}}, None, None),
    ("requestTemplates", {"requestTemplates": {"application/json": "#set($x = 1", "text/plain": ""}},
     {"requestTemplates": {"application/json": "#set($x = 1", "text/plain": None}}, None),
    ("requestTemplates empty", {"requestTemplates": {}}, None, None),
    ("passthroughBehavior", {"passthroughBehavior": "NEVER"}, None, None),
    ("cacheNamespace", {"cacheNamespace": "shared"}, None, None),
    ("cacheKeyParameters", {"cacheKeyParameters": ["method.request.querystring.q", "method.request.header.h"]}, None, None),
    ("contentHandling", {"contentHandling": "CONVERT_TO_BINARY"}, None, None),
    ("timeoutInMillis", {"timeoutInMillis": 50}, None, None),
    ("tlsConfig", {"tlsConfig": {"insecureSkipVerification": True}}, None, None),
    ("responseTransferMode BUFFERED", {"responseTransferMode": "BUFFERED"}, None, None),
    ("responseTransferMode STREAM", {"responseTransferMode": "STREAM", "timeoutInMillis": 900000}, None, ("HTTP_PROXY",)),
]


class Checks:
    """Counts what was compared and prints what differs."""

    def __init__(self):
        self.done = 0
        self.failed = 0

    def equal(self, what, got, want):
        self.done += 1
        if got != want:
            self.failed += 1
            print(f"{what}\n  got  {show(got)}\n  want {show(want)}")


def show(value):
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


class BackEnd(http.server.BaseHTTPRequestHandler):
    """Answers with what it was sent; /missing answers 404."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        sent = json.dumps({"method": self.command, "target": self.path, "x": self.headers.get("X-Mapped"), "body": body}).encode()
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Back-End", "yes")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Service:
    """The control plane through boto3, with the JSON of each answer as it came over the wire."""

    def __init__(self, url, access_key=None):
        session = boto3.Session()
        if access_key or session.get_credentials() is None:
            session = boto3.Session(aws_access_key_id=access_key or "test", aws_secret_access_key="test")
        self.url = url.rstrip("/")
        self.region = session.region_name or "us-east-1"
        self.credentials = session.get_credentials()
        self.client = session.client(
            "apigateway", endpoint_url=self.url, region_name=self.region, config=Config(retries={"total_max_attempts": 1}))
        self.wire = None
        self.client.meta.events.register("after-call.apigateway", self.keep)

    def keep(self, http_response, **_):
        self.wire = (http_response.status_code, json.loads(http_response.content or b"null"))

    def call(self, operation, **parameters):
        """Returns status and JSON of an answer; of an error status and "type: message"."""
        try:
            getattr(self.client, operation)(**parameters)
        except ClientError as e:
            return self.wire[0], f"{e.response['Error']['Code']}: {e.response['Error']['Message']}"
        return self.wire

    def raw(self, method, path, body):
        """Sends what boto3 itself would refuse to send."""
        request = AWSRequest(method, self.url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        SigV4Auth(self.credentials, "apigateway", self.region).add_auth(request)
        prepared = request.prepare()
        try:
            with urllib.request.urlopen(urllib.request.Request(prepared.url, prepared.body, dict(prepared.headers), method=method)) as r:
                return r.status, json.loads(r.read())
        except urllib.error.HTTPError as e:
            answer = json.loads(e.read())
            return e.code, f"{e.headers['x-amzn-ErrorType']}: {answer.get('message', answer.get('Message'))}"


class Api:
    """An API with the resource /pets and its method GET, which declares parameters and a 200 response."""

    def __init__(self, service, name="conformance"):
        self.service = service
        client = service.client
        created = client.create_rest_api(name=name)
        self.id, self.root = created["id"], created["rootResourceId"]
        self.pets = self.resource("pets")
        self.method = {"restApiId": self.id, "resourceId": self.pets, "httpMethod": "GET"}
        client.put_method(authorizationType="NONE", requestParameters={
            "method.request.querystring.q": False, "method.request.header.h": False, "method.request.path.p": False}, **self.method)
        client.put_method_response(statusCode="200", responseParameters={"method.response.header.X": False}, **self.method)

    def resource(self, part):
        return self.service.client.create_resource(restApiId=self.id, parentId=self.root, pathPart=part)["id"]

    def put(self, kind, **parameters):
        return self.service.call("put_integration", **{**self.method, "type": kind, **BACK_ENDS.get(kind, {}), **parameters})

    def delete(self):
        self.service.client.delete_rest_api(restApiId=self.id)


def expected(kind, resource, parameters, adds):
    want = {"type": kind, "passthroughBehavior": "WHEN_NO_MATCH", "timeoutInMillis": 29000, "cacheNamespace": resource, "cacheKeyParameters": []}
    if kind in HTTP_TYPES:
        want["connectionType"] = "INTERNET"
    if BACK_ENDS[kind]:
        want["uri"], want["httpMethod"] = BACK_ENDS[kind]["uri"], BACK_ENDS[kind]["integrationHttpMethod"]
    return {**want, **(parameters if adds is None else adds)}


def check_parameters(checks, api):
    for kind in BACK_ENDS:
        for name, parameters, adds, only in PARAMETERS:
            what = f"{kind}, {name}"
            if only and kind not in only:
                if kind != "MOCK" or name != "uri":
                    status, answer = api.put(kind, **parameters)
                    checks.equal(f"{what}: refused", (status, str(answer).split(":")[0]), (400, "BadRequestException"))
                continue
            want = expected(kind, api.pets, parameters, adds)
            checks.equal(f"{what}: put_integration", api.put(kind, **parameters), (201, want))
            checks.equal(f"{what}: get_integration", api.service.call("get_integration", **api.method), (200, want))
            status, method = api.service.call("get_method", **api.method)
            checks.equal(f"{what}: get_method", (status, method["methodIntegration"]), (200, want))
    checks.equal("AWS_PROXY, streaming", api.put("AWS_PROXY", uri=STREAMING, responseTransferMode="STREAM")[0], 201)


def refused(message):
    return 400, "BadRequestException: " + message


def violation(value, path, rule):
    return f"Value {value} at '{path}' failed to satisfy constraint: {rule}"


def check_existence(checks, api):
    client = api.service
    gone = {**api.method, "resourceId": "gone"}
    other = {**api.method, "httpMethod": "POST"}
    checks.equal("unknown API", client.call("put_integration", **{**api.method, "restApiId": "gone"}, type="MOCK"),
                 (404, "NotFoundException: Invalid Resource identifier specified"))
    checks.equal("unknown resource", client.call("put_integration", **gone, type="MOCK"), (404, "NotFoundException: Invalid Resource identifier specified"))
    checks.equal("unknown method", client.call("put_integration", **other, type="MOCK"), (404, "NotFoundException: Invalid Method identifier specified"))
    for operation in ("get_integration", "update_integration", "delete_integration"):
        checks.equal(f"{operation} without integration", client.call(operation, **api.method), (404, "NotFoundException: Invalid Integration identifier specified"))


def check_messages(checks, api):
    path = f"/restapis/{api.id}/resources/{api.pets}/methods/GET/integration"
    nowhere = f"/restapis/{api.id}/resources/{api.pets}/methods/POST/integration"
    checks.equal("number for a template", api.service.raw("PUT", nowhere, {"type": "wrong", "requestTemplates": {"a/b": 1}}),
                 (400, "SerializationException: " + NUMBER_CLASS))
    checks.equal("no type", api.service.raw("PUT", path, {}), (
        400, "ValidationException: 1 validation error detected: " + violation("null", "putIntegrationInput.type", "Member must not be null")))
    checks.equal("words of enumerations", api.put("mock", connectionType="x", contentHandling="y", responseTransferMode="z"), (
        400, "ValidationException: 4 validation errors detected: " + "; ".join([
            violation("'x'", "putIntegrationInput.connectionType", "Member must satisfy enum value set: [INTERNET, VPC_LINK]"),
            violation("'y'", "putIntegrationInput.contentHandling", "Member must satisfy enum value set: [CONVERT_TO_BINARY, CONVERT_TO_TEXT]"),
            violation("'z'", "putIntegrationInput.responseTransferMode", "Member must satisfy enum value set: [BUFFERED, STREAM]"),
            violation("'mock'", "putIntegrationInput.type", "Member must satisfy enum value set: " + TYPES)])))
    for kind in ("HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"):
        checks.equal(f"{kind} without verb", api.service.call("put_integration", **api.method, type=kind, uri="wrong"),
                     refused("Enumeration value for HttpMethod must be non-empty"))
    header = "integration.request.header.x"
    for what, kind, parameters, want in [
        ("verb", "HTTP", {"integrationHttpMethod": "get"}, refused("Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY")),
        ("word as URL", "HTTP", {"uri": "wrong"}, refused("Invalid HTTP endpoint specified for URI")),
        ("blank in URL", "HTTP_PROXY", {"uri": "http://a/b c"}, refused("Invalid HTTP endpoint specified for URI")),
        ("port", "HTTP", {"uri": "http://a:22/"}, refused("Invalid HTTP endpoint specified for URI")),
        ("empty URL", "HTTP", {"uri": ""}, refused("Invalid integration URI specified")),
        ("URL for AWS", "AWS", {"uri": "http://example.com"}, refused("Invalid ARN specified in the request")),
        ("function ARN", "AWS", {"uri": "arn:aws:lambda:us-east-1:1:function:f"}, refused("AWS ARN for integration must contain path or action")),
        ("role ARN", "AWS_PROXY", {"uri": "arn:aws:iam::1:role/r"}, refused("AWS ARN for integration must contain path or action")),
        ("neither path nor action", "AWS", {"uri": "arn:aws:apigateway:us-east-1:lambda:test/x"}, refused("AWS ARN for integration must contain path or action")),
        ("proxy to another service", "AWS_PROXY", {"uri": "arn:aws:apigateway:us-east-1:firehose:action/PutRecord"}, refused(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")),
        ("buffered from a streaming path", "AWS_PROXY", {"uri": STREAMING}, refused(
            "Invalid ResponseTransferMode. Cannot use ResponseTransferMode BUFFERED for Lambda functions invoked by InvokeWithResponseStream for AWS_PROXY integrations.")),
        ("credentials", "HTTP", {"credentials": "me"}, refused("Invalid ARN specified in the request")),
        ("timeout below", "MOCK", {"timeoutInMillis": 49}, refused("Timeout should be between 50 ms and 29000 ms")),
        ("timeout above", "MOCK", {"timeoutInMillis": 29001}, refused("Timeout should be between 50 ms and 29000 ms")),
        ("VPC link without id", "HTTP", {"connectionType": "VPC_LINK"}, refused(
            "ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK")),
        ("unknown VPC link", "HTTP", {"connectionType": "VPC_LINK", "connectionId": "gone"}, (404, "NotFoundException: Invalid Vpc Link identifier specified")),
        ("key of a mapping", "MOCK", {"requestParameters": {"wrong": "'x'"}}, refused(FRAME + "[Invalid mapping expression specified: wrong]")),
        ("value of a mapping", "MOCK", {"requestParameters": {header: "bare"}}, refused(FRAME + "[Invalid mapping expression specified: bare]")),
        ("text after the quote", "MOCK", {"requestParameters": {header: "'a' b"}}, refused(FRAME + "[Invalid mapping expression specified: 'a' b]")),
        ("undeclared parameter", "MOCK", {"requestParameters": {header: "method.request.header.no"}}, refused(
            FRAME + "[Invalid mapping expression parameter specified: method.request.header.no]")),
        ("character of a name", "MOCK", {"requestParameters": {header + "*": "'x'"}}, refused(
            FRAME + "[Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$]")),
        ("content type", "MOCK", {"requestTemplates": {"123": "x"}}, refused("Validation Result: warnings : [], errors : [Invalid content type specified: 123]")),
        ("cache key", "MOCK", {"cacheKeyParameters": ["method.request.header.no"]}, refused("Invalid cache key parameter specified")),
    ]:
        checks.equal(f"message: {what}", api.put(kind, **parameters), want)
    own = Api(Service(api.service.url, "111122223333"))
    checks.equal("message: role of another account", own.put("MOCK", credentials="arn:aws:iam::999988887777:role/r"),
                 (403, "AccessDeniedException: Cross-account pass role is not allowed."))
    own.delete()


def check_responses(checks, api):
    service, method = api.service, api.method

    def put(status="200", **parameters):
        return service.call("put_integration_response", **method, statusCode=status, **parameters)

    checks.equal("status code", put("wrong"), (400, "ValidationException: 1 validation error detected: " + violation(
        "'wrong'", "statusCode", r"Member must satisfy regular expression pattern: [1-5]\d\d")))
    checks.equal("response without integration", put(), (404, "NotFoundException: Invalid Integration identifier specified"))
    checks.equal("delete without method", service.call("delete_integration_response", **{**method, "httpMethod": "POST"}, statusCode="200"),
                 (404, "NotFoundException: Invalid Integration identifier specified"))
    api.put("MOCK")
    for operation in ("get_integration_response", "update_integration_response", "delete_integration_response"):
        checks.equal(f"{operation} without response", service.call(operation, **method, statusCode="200"),
                     (404, "NotFoundException: Invalid Response status code specified"))
    full = {"selectionPattern": r"2\d\d", "contentHandling": "CONVERT_TO_TEXT",
            "responseParameters": {"method.response.header.X": "integration.response.body.a"}, "responseTemplates": {"application/json": "t", "a/b": ""}}
    for parameters, adds in [
        ({}, {}),
        ({"selectionPattern": ""}, {"selectionPattern": ""}),
        ({"responseTemplates": {}}, {"responseTemplates": {}}),
        (full, {**full, "responseTemplates": {"application/json": "t", "a/b": None}}),
    ]:
        want = {"statusCode": "200", **adds}
        checks.equal(f"put_integration_response {parameters}", put(**parameters), (201, want))
        checks.equal(f"get_integration_response {parameters}", service.call("get_integration_response", **method, statusCode="200"), (200, want))
        checks.equal(f"get_integration {parameters}", service.call("get_integration", **method)[1]["integrationResponses"], {"200": want})
    checks.equal("without method response", put("404", selectionPattern="4.."), (201, {"statusCode": "404", "selectionPattern": "4.."}))
    header = "method.response.header.X"
    for what, status, parameters, want in [
        ("no method response", "404", {"responseParameters": {header: "'x'"}}, refused(FRAME + "[No method response exists for method.]")),
        ("undeclared header", "200", {"responseParameters": {"method.response.header.Y": "'x'"}}, refused(
            FRAME + "[Invalid mapping expression parameter specified: method.response.header.Y]")),
        ("list without quotes", "200", {"responseParameters": {header: "a,b"}}, refused(FRAME + "[Invalid mapping expression specified: a,b]")),
        ("content type", "200", {"responseTemplates": {"123": "x"}}, refused("Validation Result: warnings : [], errors : [Invalid content type specified: 123]")),
        ("pattern", "200", {"selectionPattern": "("}, refused("Invalid regex pattern specified")),
        ("same pattern", "500", {"selectionPattern": "4.."}, (409, "ConflictException: Integration response with selection pattern 4.. already exists")),
    ]:
        checks.equal(f"response message: {what}", put(status, **parameters), want)
    put("200")
    checks.equal("second default", put("500"), (409, "ConflictException: Integration response with selection pattern default already exists"))
    path = f"/restapis/{api.id}/resources/{api.pets}/methods/GET/integration/responses/200"
    checks.equal("number for a template", service.raw("PUT", path, {"responseTemplates": {"a/b": 1}}), (400, "SerializationException: " + NUMBER_CLASS))


def check_patch(checks, api):
    def patch(*operations):
        keys = ("op", "path", "value")
        return api.service.call("update_integration", **api.method, patchOperations=[dict(zip(keys, o)) for o in operations])

    api.put("HTTP")
    want = expected("HTTP", api.pets, {}, {
        "uri": "http://other", "httpMethod": "GET", "timeoutInMillis": 50, "requestTemplates": {"application/json": "t"},
        "requestParameters": {"integration.request.header.x": "method.request.header.h"}, "cacheKeyParameters": ["integration.request.header.x"]})
    checks.equal("patch", patch(
        ("replace", "/uri", "http://other"), ("replace", "/httpMethod", "GET"), ("replace", "/timeoutInMillis", "50"),
        ("add", "/requestTemplates/application~1json", "t"), ("add", "/requestParameters/integration.request.header.x", "method.request.header.h"),
        ("add", "/cacheKeyParameters/integration.request.header.x")), (200, want))
    want["requestParameters"], want["cacheKeyParameters"] = None, []
    del want["requestParameters"]
    checks.equal("patch that removes", patch(("remove", "/requestParameters/integration.request.header.x")), (200, want))
    checks.equal("patch path", patch(("replace", "/wrong", "x")), refused("Invalid patch path /wrong"))
    checks.equal("patch operation", patch(("add", "/uri", "x")), refused("Invalid patch operation specified. Must be one of: [replace]"))
    checks.equal("patch of nothing", patch(("remove", "/requestParameters/integration.request.header.x")), (404, "NotFoundException: Invalid parameter name specified"))
    checks.equal("put again", api.put("MOCK"), (201, expected("MOCK", api.pets, {}, {})))
    checks.equal("delete", api.service.call("delete_integration", **api.method)[0], 204)
    checks.equal("get after delete", api.service.call("get_integration", **api.method), (404, "NotFoundException: Invalid Integration identifier specified"))


def check_calls(checks, api, gateway):
    """Deploys an integration of each type that runs without AWS, and calls it."""
    back_end = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BackEnd)
    threading.Thread(target=back_end.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{back_end.server_port}"
    client = api.service.client

    def method(part, kind, verb="POST", **parameters):
        place = {"restApiId": api.id, "resourceId": api.resource(part), "httpMethod": verb}
        client.put_method(authorizationType="NONE", requestParameters={"method.request.querystring.q": False}, **place)
        client.put_integration(type=kind, **place, **parameters)
        if not kind.endswith("PROXY"):
            client.put_method_response(statusCode="200", responseParameters={"method.response.header.X": False}, **place)
        return place

    api.put("MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**api.method, statusCode="200", responseParameters={"method.response.header.X": "'mocked'"}, responseTemplates={
        "application/json": '{"q": "$input.params(\'q\')", "stage": "$context.stage", "v": "$stageVariables.v"}'})
    custom = method("http", "HTTP", integrationHttpMethod="POST", uri=origin + "/${stageVariables.v}",
                    requestParameters={"integration.request.header.X-Mapped": "method.request.querystring.q"},
                    requestTemplates={"application/json": '{"wrapped": $input.json(\'$\')}'})
    client.put_integration_response(**custom, statusCode="200", responseParameters={"method.response.header.X": "integration.response.header.X-Back-End"},
                                    responseTemplates={"application/json": "{\"sent\": $input.json('$.body'), \"x\": $input.json('$.x')}"})
    method("proxy", "HTTP_PROXY", integrationHttpMethod="POST", uri=origin + "/missing",
           requestParameters={"integration.request.querystring.r": "method.request.querystring.q"})
    client.create_deployment(restApiId=api.id, stageName="v1", variables={"v": "one"})

    def call(path, body=None):
        request = urllib.request.Request(f"{gateway}/restapis/{api.id}/v1/_user_request_{path}", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request) as r:
                return r.status, r.headers["X"], json.loads(r.read())
        except urllib.error.HTTPError as e:
            return e.code, e.headers["X-Back-End"], json.loads(e.read())

    checks.equal("call MOCK", call("/pets?q=rex"), (200, "mocked", {"q": "rex", "stage": "v1", "v": "one"}))
    checks.equal("call HTTP", call("/http?q=rex", b'{"a": 1}'), (200, "yes", {"sent": '{"wrapped": {"a":1}}', "x": "rex"}))
    checks.equal("call HTTP_PROXY", call("/proxy?q=rex", b"raw"), (
        404, "yes", {"method": "POST", "target": "/missing?q=rex&r=rex", "x": None, "body": "raw"}))
    back_end.shutdown()


def main():
    control = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SLUICE_CONTROL_URL", "http://127.0.0.1:4567")
    gateway = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("SLUICE_GATEWAY_URL", "http://127.0.0.1:8080")
    checks, service = Checks(), Service(control)
    api = Api(service)
    check_existence(checks, api)
    check_messages(checks, api)
    check_responses(checks, api)
    check_parameters(checks, api)
    check_patch(checks, api)
    check_calls(checks, api, gateway.rstrip("/"))
    api.delete()
    print(f"boto3 {boto3.__version__}: {checks.done - checks.failed} of {checks.done} checks hold")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
