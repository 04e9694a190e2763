#!/usr/bin/env python3
"""Holds a running server to VPC links and client certificates, through boto3.

usage: private.py [CONTROL_URL]      (see harness.py)
"""

from harness import check, client as connect, finish, pages, refusal, status

NLB = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188"
ALB = NLB.replace("/net/", "/app/")


def deploy(client, connection):
    """Returns the ids of an API with a private integration and of its resource, deployed to the stage prod."""
    api = client.create_rest_api(name="private")["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    client.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    client.put_integration(
        restApiId=api, resourceId=root, httpMethod="GET", type="HTTP_PROXY", integrationHttpMethod="GET",
        uri="http://orders.internal/", connectionType="VPC_LINK", connectionId=connection)
    client.create_deployment(restApiId=api, stageName="prod")
    return api, root


def vpc_links(client):
    gone = (404, "NotFoundException", "Invalid Vpc Link identifier specified")
    check("empty name", refusal(client.create_vpc_link, name="", targetArns=["x"]), (400, "BadRequestException", "Name cannot be empty"))
    check("target without ARN", refusal(client.create_vpc_link, name="x", targetArns=["wrong"]),
          (400, "BadRequestException", "Invalid ARN. ARN is not well formed wrong"))
    check("two targets", refusal(client.create_vpc_link, name="x", targetArns=[NLB, NLB]),
          (400, "BadRequestException", "More than one target arn specified for vpc link."))
    check("unknown link", refusal(client.get_vpc_link, vpcLinkId="gone"), gone)

    made = client.create_vpc_link(name="orders", description="d", targetArns=[NLB], tags={"a": "b"})
    link = made["id"]
    check("status of create", (status(made), made["status"]), (202, "PENDING"))
    got = client.get_vpc_link(vpcLinkId=link)
    check("link", {k: got.get(k) for k in ("id", "name", "description", "targetArns", "status", "tags")},
          {"id": link, "name": "orders", "description": "d", "targetArns": [NLB], "status": "AVAILABLE", "tags": {"a": "b"}})
    failed = client.create_vpc_link(name="failed", targetArns=[ALB])["id"]
    got = client.get_vpc_link(vpcLinkId=failed)
    check("another load balancer", (got["status"], got["statusMessage"]), ("FAILED", "NLB ARN is malformed"))
    ids = {item["id"] for item in pages(client, "get_vpc_links")}
    check("list", {link, failed} <= ids, True)
    got = client.update_vpc_link(vpcLinkId=link, patchOperations=[{"op": "replace", "path": "/name", "value": "renamed"}])
    check("update", got["name"], "renamed")
    arn = f"arn:aws:apigateway:{client.meta.region_name}::/vpclinks/{link}"
    client.tag_resource(resourceArn=arn, tags={"c": "d"})
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    check("tags", client.get_tags(resourceArn=arn)["tags"], {"c": "d"})

    api, root = deploy(client, link)
    check("delete of a link in use", refusal(client.delete_vpc_link, vpcLinkId=link), (
        400, "BadRequestException", f"Cannot delete vpc link. Vpc link '{link}', is referenced in [GET:{root}:prod] in format of [Method:Resource:Stage]."))
    client.delete_rest_api(restApiId=api)
    check("delete", status(client.delete_vpc_link(vpcLinkId=link)), 202)
    check("deleted link", refusal(client.get_vpc_link, vpcLinkId=link), gone)
    client.delete_vpc_link(vpcLinkId=failed)


def client_certificates(client):
    gone = (404, "NotFoundException", "Invalid client certificate identifier specified")
    check("unknown certificate", refusal(client.get_client_certificate, clientCertificateId="gone"), gone)
    made = client.generate_client_certificate(description="d", tags={"a": "b"})
    certificate = made["clientCertificateId"]
    check("status of generate", status(made), 201)
    check("lifetime in days", (made["expirationDate"] - made["createdDate"]).days, 365)
    pem = made["pemEncodedCertificate"]
    check("PEM", (pem.startswith("-----BEGIN CERTIFICATE-----\n"), pem.endswith("-----END CERTIFICATE-----\n")), (True, True))
    got = client.get_client_certificate(clientCertificateId=certificate)
    check("certificate", (got["pemEncodedCertificate"], got["description"], got["tags"]), (pem, "d", {"a": "b"}))
    ids = {item["clientCertificateId"] for item in pages(client, "get_client_certificates")}
    check("list", certificate in ids, True)
    got = client.update_client_certificate(clientCertificateId=certificate, patchOperations=[{"op": "replace", "path": "/description", "value": "e"}])
    check("update", got["description"], "e")

    api, _ = deploy(client, "${stageVariables.link}")
    use = {"op": "replace", "path": "/clientCertificateId", "value": certificate}
    got = client.update_stage(restApiId=api, stageName="prod", patchOperations=[use])
    check("stage", got["clientCertificateId"], certificate)
    check("stage with an unknown certificate",
          refusal(client.update_stage, restApiId=api, stageName="prod", patchOperations=[{**use, "value": "gone"}]), gone)
    check("delete of a certificate in use", refusal(client.delete_client_certificate, clientCertificateId=certificate)[:2], (400, "BadRequestException"))
    client.delete_rest_api(restApiId=api)
    check("delete", status(client.delete_client_certificate(clientCertificateId=certificate)), 202)


def main():
    client = connect()
    vpc_links(client)
    client_certificates(client)
    finish("VPC links and client certificates")


if __name__ == "__main__":
    main()
