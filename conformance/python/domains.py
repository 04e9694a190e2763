#!/usr/bin/env python3
"""Holds a running server to custom domain names, base path mappings and access associations, through boto3.

usage: domains.py [CONTROL_URL [GATEWAY_URL]]

Without arguments the URLs are those of SLUICE_CONTROL_URL and SLUICE_GATEWAY_URL, else those of `sluice serve`. Credentials and
region are boto3's own, or made up: start the server with --auth off for that. Prints what does not hold and exits with status
1; prints one line and exits with 0 when all holds.
"""

import os
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

EDGE = "arn:aws:acm:us-east-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000001"
REGIONAL = EDGE
ENDPOINT = "vpce-0123456789abcdef0"
NO_DOMAIN = (404, "NotFoundException", "Invalid domain name identifier specified")
NO_MAPPING = (404, "NotFoundException", "Invalid base path mapping identifier specified")
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


def status(response):
    return response["ResponseMetadata"]["HTTPStatusCode"]


def fetch(gateway, host, path):
    """Returns status and body of a GET that names the host."""
    request = urllib.request.Request(gateway + path, headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


def deploy(client, name):
    """Returns the id of an API whose root says its name, deployed to the stage prod."""
    api = client.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    at = dict(restApiId=api, resourceId=root, httpMethod="GET")
    client.put_method(**at, authorizationType="NONE")
    client.put_method_response(**at, statusCode="200")
    client.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_integration_response(**at, statusCode="200", responseTemplates={"application/json": name})
    client.create_deployment(restApiId=api, stageName="prod")
    return api


def domain_names(client):
    edge = client.create_domain_name(domainName="Edge.example.com", certificateArn=EDGE, tags={"a": "b"})
    check("create", status(edge), 201)
    check("name", edge["domainName"], "edge.example.com")
    check("status of a new edge-optimized name", edge["domainNameStatus"], "UPDATING")
    check("zone", edge["distributionHostedZoneId"], "Z2FDTNDATAQYW2")
    check("taken", refusal(client.create_domain_name, domainName="edge.example.com"),
          (400, "BadRequestException", "The domain name you provided already exists."))
    shown = client.get_domain_name(domainName="edge.example.com")
    check("status", shown["domainNameStatus"], "AVAILABLE")
    check("endpoint", shown["endpointConfiguration"], {"types": ["EDGE"], "ipAddressType": "ipv4"})
    check("wrong certificate", refusal(client.create_domain_name, domainName="x.example.com", regionalCertificateArn=REGIONAL),
          (400, "BadRequestException", "Cannot import certificates for REGIONAL while EDGE is active."))
    check("mutual TLS with TLS 1.0", refusal(
        client.create_domain_name, domainName="x.example.com", endpointConfiguration={"types": ["REGIONAL"]},
        mutualTlsAuthentication={"truststoreUri": "s3://trust/clients.pem"}),
        (400, "BadRequestException", "Mutual TLS authentication is only supported with TLS 1.2."))
    arn = shown["domainNameArn"]
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    check("tags", client.get_tags(resourceArn=arn)["tags"], {"a": "b", "c": "d"})
    changed = client.update_domain_name(domainName="edge.example.com", patchOperations=[
        {"op": "replace", "path": "/securityPolicy", "value": "TLS_1_2"}])
    check("policy", (changed["securityPolicy"], changed["domainNameStatus"]), ("TLS_1_2", "UPDATING"))
    pages = client.get_paginator("get_domain_names").paginate(PaginationConfig={"PageSize": 1})
    check("names", [d["domainName"] for page in pages for d in page["items"]], ["edge.example.com"])
    check("delete", status(client.delete_domain_name(domainName="edge.example.com")), 202)
    check("get after delete", refusal(client.get_domain_name, domainName="edge.example.com"), NO_DOMAIN)


def mappings(client, gateway):
    orders, stock = deploy(client, "orders"), deploy(client, "stock")
    client.create_domain_name(domainName="api.example.com", regionalCertificateArn=REGIONAL, endpointConfiguration={"types": ["REGIONAL"]})
    at = {"domainName": "api.example.com"}
    check("no mapping", fetch(gateway, "api.example.com", "/"), (403, '{"message":"Forbidden"}'))
    check("create", status(client.create_base_path_mapping(**at, basePath="stock", restApiId=stock, stage="prod")), 201)
    check("create without path and stage", client.create_base_path_mapping(**at, restApiId=orders)["basePath"], "(none)")
    check("taken", refusal(client.create_base_path_mapping, **at, restApiId=stock),
          (409, "ConflictException", "Base path already exists for this domain name"))
    check("two levels", refusal(client.create_base_path_mapping, **at, basePath="a/b", restApiId=stock)[:2], (400, "BadRequestException"))
    check("mapped", fetch(gateway, "API.example.com", "/stock"), (200, "stock"))
    check("catch-all with the stage in the path", fetch(gateway, "api.example.com:443", "/prod/"), (200, "orders"))
    pages = client.get_paginator("get_base_path_mappings").paginate(**at, PaginationConfig={"PageSize": 1})
    check("mappings", [m["basePath"] for page in pages for m in page["items"]], ["(none)", "stock"])
    moved = client.update_base_path_mapping(**at, basePath="(none)", patchOperations=[
        {"op": "replace", "path": "/basePath", "value": "orders"}, {"op": "replace", "path": "/stage", "value": "prod"}])
    check("moved", (moved["basePath"], moved["stage"]), ("orders", "prod"))
    check("old address", refusal(client.get_base_path_mapping, **at, basePath="(none)"), NO_MAPPING)
    check("moved mapping", fetch(gateway, "api.example.com", "/orders/"), (200, "orders"))
    check("catch-all is gone", fetch(gateway, "api.example.com", "/prod"), (403, '{"message":"Forbidden"}'))
    check("stage in use", refusal(client.delete_stage, restApiId=stock, stageName="prod")[:2], (400, "BadRequestException"))
    check("API in use", refusal(client.delete_rest_api, restApiId=stock)[:2], (400, "BadRequestException"))
    check("delete", status(client.delete_base_path_mapping(**at, basePath="stock")), 202)
    check("deleted", fetch(gateway, "api.example.com", "/stock"), (403, '{"message":"Forbidden"}'))
    client.delete_domain_name(**at)
    for api in (orders, stock):
        client.delete_rest_api(restApiId=api)


def associations(client):
    domain = client.create_domain_name(domainName="in.example.com", endpointConfiguration={"types": ["PRIVATE"]})
    at = {"domainName": "in.example.com", "domainNameId": domain["domainNameId"]}
    check("without the id", refusal(client.get_domain_name, domainName="in.example.com"), NO_DOMAIN)
    made = client.create_domain_name_access_association(
        domainNameArn=domain["domainNameArn"], accessAssociationSourceType="VPCE", accessAssociationSource=ENDPOINT)
    check("create", status(made), 201)
    arn = made["domainNameAccessAssociationArn"]
    listed = client.get_domain_name_access_associations(resourceOwner="SELF")["items"]
    check("list", [a["domainNameAccessAssociationArn"] for a in listed], [arn])
    check("tags", client.get_tags(resourceArn=arn).get("tags", {}), {})
    check("in use", refusal(client.delete_domain_name, **at)[:2], (400, "BadRequestException"))
    check("reject one's own", refusal(client.reject_domain_name_access_association, domainNameAccessAssociationArn=arn,
                                      domainNameArn=domain["domainNameArn"])[:2], (400, "BadRequestException"))
    check("delete", status(client.delete_domain_name_access_association(domainNameAccessAssociationArn=arn)), 202)
    check("delete the name", status(client.delete_domain_name(**at)), 202)


def main():
    control = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("SLUICE_CONTROL_URL", "http://127.0.0.1:4567")
    gateway = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("SLUICE_GATEWAY_URL", "http://127.0.0.1:8080")
    session = boto3.Session()
    made_up = {} if session.get_credentials() else {"aws_access_key_id": "123456789012", "aws_secret_access_key": "x"}
    client = session.client("apigateway", endpoint_url=control, region_name=session.region_name or "us-east-1",
                            config=Config(retries={"total_max_attempts": 1}), **made_up)
    domain_names(client)
    mappings(client, gateway)
    associations(client)
    for failure in failures:
        print(failure)
    if failures:
        sys.exit(1)
    print("domains: all holds")


if __name__ == "__main__":
    main()
