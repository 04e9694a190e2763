"""What the boto3 programs of this directory share: a client, checks that are counted, and the verdict.

A program checks with check and refusal, and ends with finish. Servers are found by the arguments CONTROL_URL and
GATEWAY_URL, else by SLUICE_CONTROL_URL and SLUICE_GATEWAY_URL, else where `sluice serve` is without being told. Credentials
and region are boto3's own, or made up: start the server with --auth off for that.
"""

import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
failures, checks = [], 0


def control_url():
    """Returns the URL of the control plane."""
    return sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SLUICE_CONTROL_URL", "http://127.0.0.1:4567")


def gateway_url():
    """Returns the URL of the gateway."""
    return sys.argv[2] if len(sys.argv) > 2 else os.environ.get("SLUICE_GATEWAY_URL", "http://127.0.0.1:8080")


def client():
    """Returns a client that does not repeat what failed."""
    session = boto3.Session()
    made_up = {} if session.get_credentials() else {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x"}
    return session.client("apigateway", endpoint_url=control_url(), region_name=session.region_name or "us-east-1",
                          config=Config(retries={"total_max_attempts": 1}), **made_up)


def check(what, got, want):
    """Notes a failure unless got is what was wanted."""
    global checks
    checks += 1
    if got != want:
        failures.append(f"{what}\n  got  {got!r}\n  want {want!r}")


def has(what, got, want):
    """Notes a failure unless the answer got has all members of want."""
    check(what, {name: got.get(name) for name in want}, want)


def refusal(call, **arguments):
    """Returns status, type and message of the refusal of a call."""
    try:
        call(**arguments)
    except ClientError as e:
        error = e.response["Error"]
        return e.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]
    return "accepted"


def status(response):
    """Returns the status of an answer."""
    return response["ResponseMetadata"]["HTTPStatusCode"]


def pages(apigateway, operation, **arguments):
    """Returns all items of a collection, read one by one."""
    paginator = apigateway.get_paginator(operation)
    return [item for page in paginator.paginate(**arguments, PaginationConfig={"PageSize": 1}) for item in page["items"]]


def patch(*operations):
    """Returns patch operations of triples (op, path, value)."""
    return [{"op": op, "path": path, **({} if value is None else {"value": value})} for op, path, value in operations]


def finish(what):
    """Prints what does not hold and ends the program."""
    for failure in failures:
        print(failure)
    print(f"boto3, {what}: {checks - len(failures)} of {checks} checks hold")
    sys.exit(1 if failures else 0)
