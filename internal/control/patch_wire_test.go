package control

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// patchable is what PATCH may change of one thing, as the service's documentation has it.
type patchable struct {
	resource string
	address  string            // of the thing
	members  bool              // whether refusals tell unknown paths from wrong operations, else they list paths
	paths    map[string]string // the operations that each path takes: "add remove replace"
	own      string            // a path that has a refusal of its own
}

// patchables lists what PATCH may change, for things that newPatchables makes.
//
// AWS: "Patch operations".
var patchables = []patchable{
	{resource: "Account", address: "/account", paths: map[string]string{"/cloudwatchRoleArn": "replace", "/features": "add remove"}},
	{resource: "ApiKey", address: "/apikeys/{key}", paths: map[string]string{
		"/name": "replace", "/description": "replace", "/enabled": "replace", "/customerId": "replace", "/stages": "add remove", "/labels": "add remove",
	}},
	{resource: "Authorizer", address: "{api}/authorizers/{token}", paths: map[string]string{
		"/name": "replace", "/type": "replace", "/authType": "replace", "/authorizerUri": "replace", "/authorizerCredentials": "replace",
		"/authorizerResultTtlInSeconds": "replace", "/identitySource": "add remove replace", "/identityValidationExpression": "replace", "/providerARNs": "add remove",
	}},
	{resource: "BasePathMapping", address: "/domainnames/api.example.com/basepathmappings/v1", paths: map[string]string{
		"/basePath": "replace", "/restapiId": "replace", "/restApiId": "replace", "/stage": "replace",
	}},
	{resource: "ClientCertificate", address: "/clientcertificates/{certificate}", paths: map[string]string{"/description": "replace"}},
	{resource: "Deployment", address: "{api}/deployments/{deployment}", paths: map[string]string{"/description": "replace"}},
	{resource: "DocumentationPart", address: "{api}/documentation/parts/{part}", paths: map[string]string{"/properties": "replace"}},
	{resource: "DocumentationVersion", address: "{api}/documentation/versions/1", paths: map[string]string{"/description": "replace"}},
	{resource: "DomainName", address: "/domainnames/api.example.com", paths: map[string]string{
		"/certificateName": "add remove replace", "/certificateArn": "add remove replace", "/regionalCertificateName": "add remove replace",
		"/regionalCertificateArn": "add remove replace", "/endpointConfiguration/types": "add remove", "/endpointConfiguration/types/0": "replace",
		"/endpointConfiguration/ipAddressType": "replace", "/securityPolicy": "replace", "/endpointAccessMode": "replace",
		"/mutualTlsAuthentication/truststoreUri": "replace", "/mutualTlsAuthentication/truststoreVersion": "replace",
		"/ownershipVerificationCertificateArn": "replace", "/policy": "replace", "/managementPolicy": "replace", "/routingMode": "replace",
	}},
	{resource: "GatewayResponse", address: "{api}/gatewayresponses/THROTTLED", members: true, paths: map[string]string{
		"/statusCode": "replace", "/responseParameters/gatewayresponse.header.a": "add remove replace", "/responseTemplates/a~1b": "add remove replace",
	}},
	{resource: "Integration", address: "{pets}/methods/GET/integration", members: true, paths: map[string]string{
		"/httpMethod": "replace", "/uri": "replace", "/credentials": "replace", "/passthroughBehavior": "replace", "/contentHandling": "replace",
		"/cacheNamespace": "replace", "/timeoutInMillis": "replace", "/connectionType": "replace", "/connectionId": "replace", "/integrationTarget": "replace",
		"/responseTransferMode": "replace", "/type": "replace", "/tlsConfig/insecureSkipVerification": "replace",
		"/requestParameters/integration.request.header.a": "add remove replace", "/requestTemplates/a~1b": "add remove replace",
		"/cacheKeyParameters/method.request.header.a": "add remove",
	}},
	{resource: "IntegrationResponse", address: "{pets}/methods/GET/integration/responses/200", members: true, paths: map[string]string{
		"/selectionPattern": "replace", "/contentHandling": "replace", "/responseParameters/method.response.header.a": "add remove replace",
		"/responseTemplates/a~1b": "add remove replace",
	}},
	{resource: "Method", address: "{pets}/methods/GET", members: true, paths: map[string]string{
		"/apiKeyRequired": "replace", "/authorizationType": "replace", "/authorizerId": "replace", "/authorizationScopes": "add remove", "/operationName": "replace",
		"/requestValidatorId": "replace", "/requestParameters/method.request.header.a": "add remove replace", "/requestModels/a~1b": "add remove replace",
	}},
	{resource: "MethodResponse", address: "{pets}/methods/GET/responses/200", members: true, paths: map[string]string{
		"/responseParameters/method.response.header.a": "add remove replace", "/responseModels/a~1b": "add remove replace",
	}},
	{resource: "Model", address: "{api}/models/Error", paths: map[string]string{"/description": "replace", "/schema": "replace"}},
	{resource: "RequestValidator", address: "{api}/requestvalidators/{validator}", paths: map[string]string{
		"/name": "replace", "/validateRequestBody": "replace", "/validateRequestParameters": "replace",
	}},
	{resource: "Resource", address: "{pets}", paths: map[string]string{"/pathPart": "replace", "/parentId": "replace"}},
	{resource: "RestApi", address: "{api}", members: true, own: "/endpointConfiguration/types/0", paths: map[string]string{
		"/name": "replace", "/description": "remove replace", "/version": "replace", "/policy": "replace", "/apiKeySource": "replace",
		"/disableExecuteApiEndpoint": "replace", "/minimumCompressionSize": "replace", "/binaryMediaTypes/a~1b": "add remove replace",
		"/endpointConfiguration/types/0": "replace", "/endpointConfiguration/ipAddressType": "replace", "/endpointConfiguration/vpcEndpointIds": "add remove",
		"/securityPolicy": "replace", "/endpointAccessMode": "replace",
	}},
	{resource: "Usage", address: "/usageplans/{plan}/keys/{key}/usage", paths: map[string]string{"/remaining": "replace"}},
	{resource: "UsagePlan", address: "/usageplans/{plan}", paths: map[string]string{
		"/name": "replace", "/description": "replace", "/productCode": "add remove replace", "/apiStages": "add remove",
		"/apiStages/{id}:prod/throttle": "remove replace", "/apiStages/{id}:prod/throttle/~1pets/GET": "remove replace",
		"/apiStages/{id}:prod/throttle/~1pets/GET/rateLimit": "replace", "/apiStages/{id}:prod/throttle/~1pets/GET/burstLimit": "replace",
		"/throttle": "remove", "/throttle/rateLimit": "add replace", "/throttle/burstLimit": "add replace",
		"/quota": "remove", "/quota/limit": "add replace", "/quota/offset": "add replace", "/quota/period": "add replace",
	}},
	{resource: "VpcLink", address: "/vpclinks/{link}", paths: map[string]string{"/name": "replace", "/description": "replace"}},
}

// newPatchables makes one thing of each kind and returns what their addresses stand for.
func (s *testServer) newPatchables() map[string]string {
	s.t.Helper()
	vars := s.methodVars()
	made := func(request, member string) string {
		for name, value := range vars {
			request = strings.ReplaceAll(request, "{"+name+"}", value)
		}
		id, _ := s.must(request)[member].(string)
		return id
	}
	made(`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, "")
	made(`PUT {pets}/methods/GET/responses/200 {}`, "")
	made(`PUT {pets}/methods/GET/integration {"type":"HTTP","httpMethod":"GET","uri":"http://a.example/"}`, "")
	made(`PUT {pets}/methods/GET/integration/responses/200 {}`, "")
	vars["deployment"] = made(`POST {api}/deployments {"stageName":"prod"}`, "id")
	vars["part"] = made(`POST {api}/documentation/parts {"location":{"type":"API"},"properties":"{\"a\":1}"}`, "id")
	made(`POST {api}/documentation/versions {"documentationVersion":"1"}`, "")
	vars["certificate"] = made(`POST /clientcertificates {}`, "clientCertificateId")
	vars["key"] = made(`POST /apikeys {"name":"k"}`, "id")
	vars["plan"] = made(`POST /usageplans {"name":"p","apiStages":[{"apiId":"{id}","stage":"prod"}],"quota":{"period":"DAY","limit":5}}`, "id")
	made(`POST /usageplans/{plan}/keys {"keyId":"{key}","keyType":"API_KEY"}`, "")
	vars["link"] = made(`POST /vpclinks {"name":"l","targetArns":["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/a/1"]}`, "id")
	made(`POST /domainnames {"domainName":"api.example.com"}`, "")
	made(`POST /domainnames/api.example.com/basepathmappings {"basePath":"v1","restApiId":"{id}"}`, "")
	return vars
}

var patchOps = []string{"add", "remove", "replace", "copy", "move", "test"}

// Every thing takes the operations that are documented for its paths, and refuses all others in the words of its family.
func TestPatchRefusals(t *testing.T) {
	s := newTestServer(t)
	vars := s.newPatchables()
	fill := func(text string) string {
		for name, value := range vars {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	send := func(p patchable, op, path string) string {
		return s.do(fill(fmt.Sprintf(`PATCH %s {"patchOperations":[{"op":%q,"path":%q,"value":"x","from":"/name"}]}`, p.address, op, path))).String()
	}
	for _, p := range patchables {
		t.Run(p.resource, func(t *testing.T) {
			for _, op := range patchOps {
				if got, want := send(p, op, "/nope"), fill(p.refusal(op, "/nope")); !strings.HasPrefix(got, want) {
					t.Errorf("%s /nope:\n got %s\nwant %s", op, got, want)
				}
			}
			for path, ops := range p.paths {
				for _, op := range patchOps {
					taken := slices.Contains(strings.Fields(ops), op)
					if taken && p.resource == "BasePathMapping" {
						continue // it would move away from its address
					}
					if op == "remove" && strings.Contains(path, "/GET/") {
						continue // this names the throttle of a method whose verb is the last segment, which is not there
					}
					got := send(p, op, path)
					want := fill(p.refusal(op, path))
					switch {
					case taken && strings.Contains(got, "Invalid patch "):
						t.Errorf("%s %s is refused: %s", op, path, got)
					case !taken && path == p.own:
						if want = "400 BadRequestException: Invalid patch operation specified. Must be 'add'|'remove'|'replace'"; got != want {
							t.Errorf("%s %s:\n got %s\nwant %s", op, path, got, want)
						}
					case !taken && !strings.HasPrefix(got, want):
						t.Errorf("%s %s:\n got %s\nwant %s", op, path, got, want)
					}
				}
			}
		})
	}
}

// refusal returns how the answer to an operation that is not taken begins.
func (p patchable) refusal(op, path string) string {
	const bad = "400 BadRequestException: "
	if p.members {
		if ops, known := p.paths[path]; known {
			return bad + "Invalid patch operation specified. Must be one of: [" + strings.Join(strings.Fields(ops), ", ") + "]"
		}
		return bad + "Invalid patch path " + path
	}
	for _, ops := range p.paths {
		if slices.Contains(strings.Fields(ops), op) {
			return bad + "Invalid patch path  '" + path + "' specified for op '" + op + "'. Must be one of: [/"
		}
	}
	return bad + "Invalid patch path  '" + path + "' specified for op '" + op + "'. Please choose supported operations"
}
