#!/usr/bin/env python3
"""Holds a running server to API keys, usage plans and usage, through boto3.

usage: api_keys.py [CONTROL_URL]

Without an argument the URL is that of SLUICE_CONTROL_URL, else http://127.0.0.1:4567. Credentials and region are
boto3's own, or made up: start the server with --auth off for that. Prints what does not hold and exits with status 1;
prints one line and exits with 0 when all holds.
"""

import datetime
import os
import re
import sys
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

NO_KEY = (404, "NotFoundException", "Invalid API Key identifier specified")
NO_PLAN = (404, "NotFoundException", "Invalid Usage Plan ID specified")
failures = []


def check(what, got, want):
    """Notes a failure unless got is what was wanted."""
    if got != want:
        failures.append(f"{what}: got {got!r}, want {want!r}")


def refusal(call, **arguments):
    """Returns status, type and message of the refusal of a call."""
    try:
        call(**arguments)
    except ClientError as e:
        error = e.response["Error"]
        return e.response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]
    return "accepted"


def bad(message):
    return 400, "BadRequestException", message


def status(response):
    return response["ResponseMetadata"]["HTTPStatusCode"]


def operation(op, path, value=None):
    """Returns a patch operation."""
    return {"op": op, "path": path} | ({} if value is None else {"value": value})


def deploy(client, stage):
    """Returns the id of an API with one method, deployed to a stage."""
    api = client.create_rest_api(name="keys")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE", apiKeyRequired=True)
    client.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.create_deployment(restApiId=api, stageName=stage)
    return api


def api_keys(client):
    value = "A-" + uuid.uuid4().hex
    made = client.create_api_key(name="first", description="d", customerId="c1", value=value, tags={"a": "b"})
    key = made["id"]
    check("create", (status(made), made["value"], made["enabled"], made["stageKeys"], made["tags"], made["createdDate"] is not None),
          (201, value, False, [], {"a": "b"}, True))
    plain = client.create_api_key()
    check("generated value", bool(re.fullmatch("[A-Za-z0-9]{40}", plain["value"])), True)
    check("tags of create", "tags" in plain, False)
    check("short value", refusal(client.create_api_key, value="short"), bad("API Key value should be at least 20 characters"))
    check("long value", refusal(client.create_api_key, value="x" * 129), bad("API Key value exceeds maximum size of 128 characters"))
    check("empty value", len(client.create_api_key(value="")["value"]), 40)
    check("value twice", refusal(client.create_api_key, value=value), (409, "ConflictException", "API Key already exists"))

    got = client.get_api_key(apiKey=key)
    check("get", ("value" in got, got["tags"], got["name"], got["customerId"]), (False, {"a": "b"}, "first", "c1"))
    check("get with value", client.get_api_key(apiKey=key, includeValue=True)["value"], value)
    check("tags of get", client.get_api_key(apiKey=plain["id"])["tags"], {})
    check("unknown key", refusal(client.get_api_key, apiKey="gone"), NO_KEY)

    newest = client.create_api_key(name="First")
    listed = client.get_api_keys(limit=500)["items"]
    check("newest first", [k["id"] for k in listed][0], newest["id"])
    check("name is a prefix with case", {k["name"] for k in client.get_api_keys(nameQuery="fir")["items"]}, {"first"})
    check("customer", [k["id"] for k in client.get_api_keys(customerId="c1")["items"]], [key])
    check("values", {k.get("value") for k in client.get_api_keys(customerId="c1", includeValues=True)["items"]}, {value})
    check("negative limit", status(client.get_api_keys(limit=-1)), 200)
    pages = client.get_paginator("get_api_keys").paginate(PaginationConfig={"PageSize": 2})
    check("pages", [k["id"] for page in pages for k in page["items"]], [k["id"] for k in listed])

    changed = client.update_api_key(apiKey=key, patchOperations=[operation("replace", "/enabled", "true"), operation("replace", "/name", "other")])
    check("update", (changed["enabled"], changed["name"], "value" in changed, changed["tags"]), (True, "other", False, {"a": "b"}))
    check("patch path", refusal(client.update_api_key, apiKey=key, patchOperations=[operation("replace", "/none", "x")]),
          bad("Invalid patch path  '/none' specified for op 'replace'. Must be one of: [/description, /enabled, /name, /customerId]"))
    check("patch op", refusal(client.update_api_key, apiKey=key, patchOperations=[operation("copy", "/name", "x")]),
          bad("Invalid patch path  '/name' specified for op 'copy'. Please choose supported operations"))

    arn = f"arn:aws:apigateway:{client.meta.region_name}::/apikeys/{key}"
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    check("tags", client.get_tags(resourceArn=arn)["tags"], {"c": "d"})
    for k in (key, plain["id"], newest["id"]):
        check("delete", status(client.delete_api_key(apiKey=k)), 202)
    check("deleted", refusal(client.delete_api_key, apiKey=key), NO_KEY)


def key_file(client):
    plan = client.create_usage_plan(name="import")["id"]
    first, second = "I-" + uuid.uuid4().hex, "I-" + uuid.uuid4().hex
    text = f"Name,key,description,Enabled,usageplanIds\nOne,{first},An imported key,TRUE,{plan}\nTwo,{second},,false,\nBad,short,,,\n"
    got = client.import_api_keys(body=text.encode(), format="csv")
    check("import", (status(got), len(got["ids"]), got["warnings"]), (201, 2, ["Line 4: API Key value should be at least 20 characters"]))
    one, two = (client.get_api_key(apiKey=k, includeValue=True) for k in got["ids"])
    check("imported", (one["name"], one["value"], one["enabled"], two["value"], two["enabled"]), ("One", first, True, second, False))
    check("imported into a plan", [k["id"] for k in client.get_usage_plan_keys(usagePlanId=plan)["items"]], got["ids"][:1])
    again = client.import_api_keys(body=f"key,name\n{first},Again\n".encode(), format="csv")
    check("overwritten", (again["ids"], client.get_api_key(apiKey=got["ids"][0])["name"]), (got["ids"][:1], "Again"))
    check("fail on warnings", refusal(client.import_api_keys, body=b"key,name\nshort,x\n", format="csv", failOnWarnings=True)[:2], (400, "BadRequestException"))
    for k in got["ids"]:
        client.delete_api_key(apiKey=k)
    check("keys of a plan whose key is gone", client.get_usage_plan_keys(usagePlanId=plan)["items"], [])
    client.delete_usage_plan(usagePlanId=plan)


def usage_plans(client):
    api = deploy(client, "dev")
    made = client.create_usage_plan(
        name="gold", description="d", tags={"a": "b"}, throttle={"rateLimit": 2, "burstLimit": 5}, quota={"limit": 100, "period": "MONTH"},
        apiStages=[{"apiId": api, "stage": "dev", "throttle": {"//GET": {"rateLimit": 1.5, "burstLimit": 3}}}])
    plan = made["id"]
    check("create plan", (status(made), made["apiStages"], made["quota"], made["throttle"]), (
        201, [{"apiId": api, "stage": "dev", "throttle": {"//GET": {"rateLimit": 1.5, "burstLimit": 3}}}],
        {"limit": 100, "offset": 0, "period": "MONTH"}, {"rateLimit": 2.0, "burstLimit": 5}))
    bare = client.create_usage_plan(name="bare")
    check("bare plan", [m in bare for m in ("quota", "throttle", "tags", "productCode")] + [bare["apiStages"]], [False] * 4 + [[]])
    check("unknown plan", refusal(client.get_usage_plan, usagePlanId="gone"), NO_PLAN)
    check("unknown plan of update", refusal(client.update_usage_plan, usagePlanId="gone", patchOperations=[]), NO_PLAN)
    for what, arguments, want in (
        ("period", {"quota": {"limit": 1}}, "Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]"),
        ("limit", {"quota": {"limit": 0, "period": "DAY"}}, "Usage Plan quota limit must be a non-negative numeric"),
        ("offset of a day", {"quota": {"limit": 9, "offset": 1, "period": "DAY"}}, "Usage Plan quota offset must be between 0 and 0 inclusive in the DAY period"),
        ("offset of a week", {"quota": {"limit": 9, "offset": 7, "period": "WEEK"}}, "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"),
        ("offset of a month", {"quota": {"limit": 9, "offset": 28, "period": "MONTH"}}, "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"),
        ("method", {"apiStages": [{"apiId": api, "stage": "dev", "throttle": {"/pets": {}}}]}, "Invalid method {resourcePath: /pets,method: } specified"),
    ):
        check(what, refusal(client.create_usage_plan, name="x", **arguments), bad(want))
    check("unknown stage", refusal(client.create_usage_plan, name="x", apiStages=[{"apiId": api, "stage": "no"}]),
          (404, "NotFoundException", f"API Stage not found: {api}:no"))

    def update(*operations):
        return client.update_usage_plan(usagePlanId=plan, patchOperations=list(operations))

    got = update(operation("replace", f"/apiStages/{api}:dev/throttle//pets/GET/rateLimit", "4.000000"),
                 operation("remove", f"/apiStages/{api}:dev/throttle/~1/GET"), operation("remove", "/throttle"),
                 operation("replace", "/quota/limit", "7"), operation("add", "/productCode", "x"))
    check("update plan", (got["apiStages"][0]["throttle"], "throttle" in got, got["quota"]["limit"], got["productCode"], got["tags"]),
          ({"/pets/GET": {"rateLimit": 4.0}}, False, 7, "x", {"a": "b"}))
    for value in ({}, {"value": "x"}):
        check("API stage without form", refusal(client.update_usage_plan, usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages"} | value]),
              bad("Invalid API Stage specified"))
    check("unknown API stage", refusal(client.update_usage_plan, usagePlanId=plan, patchOperations=[operation("remove", "/apiStages", "x:y")])[0], 404)
    check("burst above rate", update(operation("replace", "/throttle/rateLimit", "1"), operation("replace", "/throttle/burstLimit", "9"))["throttle"],
          {"rateLimit": 1.0, "burstLimit": 9})
    check("stage in use", refusal(client.delete_stage, restApiId=api, stageName="dev")[0], 400)
    check("plan in use", refusal(client.delete_usage_plan, usagePlanId=plan),
          bad(f"Cannot delete Usage Plan {plan} because there are API Stages associated with it"))
    client.delete_rest_api(restApiId=api)
    check("API stages of an API that is gone", client.get_usage_plan(usagePlanId=plan)["apiStages"], [])
    check("delete plan", status(client.delete_usage_plan(usagePlanId=plan)), 202)
    ids = {p["id"] for page in client.get_paginator("get_usage_plans").paginate(PaginationConfig={"PageSize": 1}) for p in page["items"]}
    check("plans", (bare["id"] in ids, plan in ids), (True, False))
    client.delete_usage_plan(usagePlanId=bare["id"])


def usage_plan_keys(client):
    plan = client.create_usage_plan(name="keys")["id"]
    key = client.create_api_key(name="first", enabled=True)
    made = client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    shown = {"id": key["id"], "name": "first", "type": "API_KEY", "value": key["value"]}
    check("put a key into a plan", (status(made), {m: made.get(m) for m in shown}), (201, shown))
    got = client.get_usage_plan_key(usagePlanId=plan, keyId=key["id"])
    check("key of a plan", {m: got.get(m) for m in shown}, shown)
    newer = client.create_api_key(name="second")["id"]
    client.create_usage_plan_key(usagePlanId=plan, keyId=newer, keyType="API_KEY")
    check("keys of a plan, newest first", [k["id"] for k in client.get_usage_plan_keys(usagePlanId=plan)["items"]], [newer, key["id"]])
    check("keys by name", client.get_usage_plan_keys(usagePlanId=plan, nameQuery="fir")["items"], [shown])
    check("keys of no plan", client.get_usage_plan_keys(usagePlanId="gone")["items"], [])
    check("plans of a key", [p["id"] for p in client.get_usage_plans(keyId=key["id"])["items"]], [plan])
    check("key twice", refusal(client.create_usage_plan_key, usagePlanId=plan, keyId=newer, keyType="API_KEY")[:2], (409, "ConflictException"))
    check("unknown key", refusal(client.create_usage_plan_key, usagePlanId=plan, keyId="gone", keyType="API_KEY"), NO_KEY)
    check("key type", refusal(client.create_usage_plan_key, usagePlanId=plan, keyId=newer, keyType="X")[0], 400)
    check("take a key out", status(client.delete_usage_plan_key(usagePlanId=plan, keyId=newer)), 202)
    check("key that is not in the plan", refusal(client.get_usage_plan_key, usagePlanId=plan, keyId=newer)[:2], (404, "NotFoundException"))
    client.delete_usage_plan(usagePlanId=plan)
    for k in (newer, key["id"]):
        client.delete_api_key(apiKey=k)


def usage(client):
    plan = client.create_usage_plan(name="usage", quota={"limit": 10, "offset": 3, "period": "WEEK"})["id"]
    key = client.create_api_key(enabled=True)["id"]
    client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    got = client.get_usage(usagePlanId=plan, startDate=today, endDate=today)
    check("usage", {m: got.get(m) for m in ("usagePlanId", "startDate", "endDate", "items")},
          {"usagePlanId": plan, "startDate": today, "endDate": today, "items": {key: [[0, 7]]}})
    got = client.update_usage(usagePlanId=plan, keyId=key, patchOperations=[operation("replace", "/remaining", "500")])
    check("update usage", got["items"], {key: [[0, 500]]})
    check("usage later", client.get_usage(usagePlanId=plan, keyId=key, startDate=today, endDate=today)["items"], {key: [[0, 500]]})
    check("dates", refusal(client.get_usage, usagePlanId=plan, startDate=today, endDate="2016-01-01")[:2], (400, "BadRequestException"))
    check("no date", refusal(client.get_usage, usagePlanId=plan, startDate="today", endDate=today)[:2], (400, "BadRequestException"))
    check("usage of no plan", refusal(client.get_usage, usagePlanId="gone", startDate=today, endDate=today), NO_PLAN)
    client.delete_usage_plan(usagePlanId=plan)
    client.delete_api_key(apiKey=key)


def main():
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SLUICE_CONTROL_URL", "http://127.0.0.1:4567")
    client = boto3.client(
        "apigateway", endpoint_url=url, region_name=os.environ.get("AWS_REGION", "us-east-1"),
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "123456789012"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "x"), config=Config(retries={"max_attempts": 0}))
    for part in (api_keys, key_file, usage_plans, usage_plan_keys, usage):
        part(client)
    for failure in failures:
        print(failure)
    if failures:
        return 1
    print("boto3: API keys and usage plans hold")
    return 0


if __name__ == "__main__":
    sys.exit(main())
