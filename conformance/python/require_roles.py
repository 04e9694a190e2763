"""Holds a server with --require-roles to its one rule: an integration with an AWS service other than Lambda names a role.

usage: require_roles.py CONTROL
"""

import sys

import boto3
from botocore.exceptions import ClientError

WANT = ("BadRequestException", "Role ARN must be specified for AWS integrations")

client = boto3.client("apigateway", endpoint_url=sys.argv[1], region_name="us-east-1",
                      aws_access_key_id="000000000000", aws_secret_access_key="any")
api = client.create_rest_api(name="roles")
method = dict(restApiId=api["id"], resourceId=api["rootResourceId"], httpMethod="GET")
client.put_method(**method, authorizationType="NONE")
aws = dict(method, type="AWS", integrationHttpMethod="POST")
try:
    client.put_integration(**aws, uri="arn:aws:apigateway:us-east-1:sqs:action/SendMessage")
    sys.exit("boto3, required roles: an integration without a role was accepted")
except ClientError as e:
    got = (e.response["Error"]["Code"], e.response["Error"]["Message"])
    if got != WANT:
        sys.exit(f"boto3, required roles: got {got}, want {WANT}")
client.put_integration(**aws, uri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                       "arn:aws:lambda:us-east-1:000000000000:function:f/invocations")
print("boto3, required roles: hold")
