#!/usr/bin/env python3
"""Holds a running server to deployments, stages, documentation, SDKs and the account, through boto3.

usage: deployments.py [CONTROL_URL [GATEWAY_URL]]      (see harness.py)
"""

import io
import json
import urllib.request
import zipfile

from harness import ACCOUNT, check, client, finish, gateway_url, has, pages, patch, refusal, status


def make(c):
    """Returns the ids of an API that answers with its stage's variable, and of its root."""
    api = c.create_rest_api(name="deployed")["id"]
    root = c.get_resources(restApiId=api)["items"][0]["id"]
    at = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    c.put_method(**at, authorizationType="NONE")
    c.put_method_response(**at, statusCode="200")
    c.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    c.put_integration_response(**at, statusCode="200", responseTemplates={"application/json": '"$stageVariables.color"'})
    return api, root


def call(api, stage):
    """Returns what the root of a stage answers."""
    with urllib.request.urlopen(f"{gateway_url()}/_aws/execute-api/{api}/{stage}/", timeout=10) as answer:
        return json.load(answer)


def deployments(c, api):
    first = c.create_deployment(restApiId=api, stageName="prod", description="first", variables={"color": "blue"})
    check("create", (status(first), first["description"]), (201, "first"))
    check("call", call(api, "prod"), "blue")
    second = c.create_deployment(restApiId=api, description="second")
    check("pages", sorted(d["description"] for d in pages(c, "get_deployments", restApiId=api)), ["first", "second"])
    shown = c.get_deployment(restApiId=api, deploymentId=first["id"], embed=["apisummary"])
    check("summary", shown["apiSummary"], {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}})
    changed = c.update_deployment(restApiId=api, deploymentId=second["id"], patchOperations=patch(("replace", "/description", "next")))
    check("update", changed["description"], "next")
    check("delete of one in use", refusal(c.delete_deployment, restApiId=api, deploymentId=first["id"])[:2], (400, "BadRequestException"))
    return first["id"], second["id"]


def stages(c, api, first, second):
    made = c.create_stage(restApiId=api, stageName="test", deploymentId=second, variables={"color": "red"}, tags={"a": "b"},
                          canarySettings={"percentTraffic": 0, "deploymentId": first})
    check("create", (status(made), made["cacheClusterStatus"], made["tags"]), (201, "NOT_AVAILABLE", {"a": "b"}))
    check("call", call(api, "test"), "red")
    check("taken", refusal(c.create_stage, restApiId=api, stageName="test", deploymentId=second), (409, "ConflictException", "Stage already exists"))
    at = {"restApiId": api, "stageName": "test"}
    changed = c.update_stage(**at, patchOperations=patch(
        ("replace", "/variables/color", "green"), ("replace", "/*/*/logging/loglevel", "INFO"), ("replace", "/*/*/throttling/rateLimit", "10.5"),
        ("replace", "/deploymentId", first), ("remove", "/canarySettings", None)))
    has("update", changed, {"variables": {"color": "green"}, "deploymentId": first, "canarySettings": None})
    check("settings", (changed["methodSettings"]["*/*"]["loggingLevel"], changed["methodSettings"]["*/*"]["throttlingRateLimit"]), ("INFO", 10.5))
    check("call after the update", call(api, "test"), "green")
    check("list", sorted(s["stageName"] for s in c.get_stages(restApiId=api)["item"]), ["prod", "test"])
    check("list by deployment", len(c.get_stages(restApiId=api, deploymentId=first)["item"]), 2)
    check("flush the cache", status(c.flush_stage_cache(**at)), 202)
    check("flush the authorizers", status(c.flush_stage_authorizers_cache(**at)), 202)
    check("delete", status(c.delete_stage(**at)), 202)
    check("deleted", refusal(c.get_stage, **at), (404, "NotFoundException", "Invalid stage identifier specified"))


def documentation(c, api):
    at = {"restApiId": api}
    made = c.create_documentation_part(**at, location={"type": "METHOD", "path": "/", "method": "GET"}, properties='{"description":"a color"}')
    check("create part", status(made), 201)
    part = {**at, "documentationPartId": made["id"]}
    changed = c.update_documentation_part(**part, patchOperations=patch(("replace", "/properties", '{"description":"the color"}')))
    check("update part", changed["properties"], '{"description":"the color"}')
    body = json.dumps({"openapi": "3.0.1", "info": {"title": "d", "version": "1"}, "paths": {}, "x-amazon-apigateway-documentation": {
        "documentationParts": [{"location": {"type": "API"}, "properties": {"description": "colors"}}]}})
    imported = c.import_documentation_parts(**at, mode="merge", body=body)
    check("import", (len(imported["ids"]), imported.get("warnings", [])), (1, []))
    check("pages of parts", sorted(p["location"]["type"] for p in pages(c, "get_documentation_parts", **at)), ["API", "METHOD"])
    check("parts by type", [p["id"] for p in c.get_documentation_parts(**at, type="METHOD")["items"]], [made["id"]])
    version = c.create_documentation_version(**at, documentationVersion="v1", stageName="prod", description="first")
    check("create version", (status(version), version["version"]), (201, "v1"))
    check("stage", c.get_stage(**at, stageName="prod")["documentationVersion"], "v1")
    exported = json.load(c.get_export(**at, stageName="prod", exportType="oas30", parameters={"extensions": "documentation"})["body"])
    check("described", exported["paths"]["/"]["get"]["description"], "the color")
    check("parts in the export", len(exported["x-amazon-apigateway-documentation"]["documentationParts"]), 2)
    changed = c.update_documentation_version(**at, documentationVersion="v1", patchOperations=patch(("replace", "/description", "d")))
    check("update version", changed["description"], "d")
    check("pages of versions", [v["version"] for v in pages(c, "get_documentation_versions", **at)], ["v1"])
    check("delete part", status(c.delete_documentation_part(**part)), 202)
    check("deleted part", refusal(c.get_documentation_part, **part)[:2], (404, "NotFoundException"))
    c.update_stage(**at, stageName="prod", patchOperations=patch(("replace", "/documentationVersion", "")))
    check("delete version", status(c.delete_documentation_version(**at, documentationVersion="v1")), 202)
    check("deleted version", refusal(c.get_documentation_version, **at, documentationVersion="v1")[:2], (404, "NotFoundException"))


def sdks(c, api):
    check("types", "javascript" in [t["id"] for t in pages(c, "get_sdk_types")], True)
    check("type", c.get_sdk_type(id="javascript")["id"], "javascript")
    answer = c.get_sdk(restApiId=api, stageName="prod", sdkType="javascript")
    with zipfile.ZipFile(io.BytesIO(answer["body"].read())) as archive:
        check("a client", any(name.endswith("apigClient.js") for name in archive.namelist()), True)
    check("unknown stage", refusal(c.get_sdk, restApiId=api, stageName="none", sdkType="javascript")[:2], (404, "NotFoundException"))


def account(c):
    role = f"arn:aws:iam::{ACCOUNT}:role/logs"
    check("update", c.update_account(patchOperations=patch(("replace", "/cloudwatchRoleArn", role)))["cloudwatchRoleArn"], role)
    shown = c.get_account()
    check("throttle", shown["throttleSettings"], {"rateLimit": 10000.0, "burstLimit": 5000})


def test_invoke(c, api, root):
    answer = c.test_invoke_method(restApiId=api, resourceId=root, httpMethod="GET", stageVariables={"color": "white"})
    check("test", (answer["status"], answer["body"]), (200, '"white"'))
    check("its log", "Execution log for request" in answer["log"], True)


def main():
    c = client()
    account(c)
    api, root = make(c)
    first, second = deployments(c, api)
    stages(c, api, first, second)
    documentation(c, api)
    sdks(c, api)
    test_invoke(c, api, root)
    c.delete_rest_api(restApiId=api)
    finish("deployments")


if __name__ == "__main__":
    main()
