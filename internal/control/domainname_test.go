package control

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/google/go-cmp/cmp"
)

const (
	edgeCertificate     = "arn:aws:acm:us-east-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000001"
	regionalCertificate = "arn:aws:acm:eu-west-1:123456789012:certificate/0f2b9ae4-0000-4000-8000-000000000002"
)

// domainVars are the names that the exchanges of these tests share.
func domainVars(more ...string) map[string]string {
	vars := map[string]string{"edge": edgeCertificate, "regional": regionalCertificate}
	for i := 0; i < len(more); i += 2 {
		vars[more[i]] = more[i+1]
	}
	return vars
}

func TestDomainNameShapes(t *testing.T) {
	s := newTestServer(t)
	tests := []struct {
		name, request string
		want          map[string]any // of the answer to create; what begins with "~" is a prefix and a suffix around made-up text
	}{
		{"edge, the default", `{"domainName":"Edge.Example.com","certificateArn":"` + edgeCertificate + `"}`, map[string]any{
			"domainName": "edge.example.com", "domainNameArn": "arn:aws:apigateway:eu-west-1::/domainnames/edge.example.com",
			"certificateArn": edgeCertificate, "certificateUploadDate": 0.0, "domainNameStatus": "UPDATING",
			"endpointConfiguration":  map[string]any{"types": []any{"EDGE"}, "ipAddressType": "ipv4"},
			"distributionDomainName": "~d .cloudfront.net", "distributionHostedZoneId": "Z2FDTNDATAQYW2",
			"securityPolicy": "TLS_1_0", "routingMode": "BASE_PATH_MAPPING_ONLY",
		}},
		{"regional", `{"domainName":"api.example.com","regionalCertificateArn":"` + regionalCertificate + `","endpointConfiguration":{"types":["REGIONAL"]},
			"securityPolicy":"TLS_1_2","mutualTlsAuthentication":{"truststoreUri":"s3://trust/clients.pem","truststoreVersion":"v1"},"tags":{"a":"b"}}`, map[string]any{
			"domainName": "api.example.com", "domainNameArn": "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com",
			"regionalCertificateArn": regionalCertificate, "certificateUploadDate": 0.0, "domainNameStatus": "AVAILABLE",
			"endpointConfiguration": map[string]any{"types": []any{"REGIONAL"}, "ipAddressType": "ipv4"},
			"regionalDomainName":    "~d- .execute-api.eu-west-1.amazonaws.com", "regionalHostedZoneId": "ZLY8HYME6SFDD",
			"securityPolicy": "TLS_1_2", "routingMode": "BASE_PATH_MAPPING_ONLY",
			"mutualTlsAuthentication": map[string]any{"truststoreUri": "s3://trust/clients.pem", "truststoreVersion": "v1"},
			"tags":                    map[string]any{"a": "b"},
		}},
		{"private", `{"domainName":"internal.example.com","certificateArn":"` + regionalCertificate + `","endpointConfiguration":{"types":["PRIVATE"]}}`, map[string]any{
			"domainName": "internal.example.com", "domainNameId": "~ ", "domainNameArn": "~arn:aws:apigateway:eu-west-1:123456789012:/domainnames/internal.example.com+ ",
			"certificateArn": regionalCertificate, "certificateUploadDate": 0.0, "domainNameStatus": "AVAILABLE",
			"endpointConfiguration": map[string]any{"types": []any{"PRIVATE"}, "ipAddressType": "dualstack"},
			"securityPolicy":        "TLS_1_2", "routingMode": "BASE_PATH_MAPPING_ONLY",
		}},
		{"without a certificate", `{"domainName":"*.example.com","mutualTlsAuthentication":{"truststoreUri":""},"policy":""}`, map[string]any{
			"domainName": "*.example.com", "domainNameArn": "arn:aws:apigateway:eu-west-1::/domainnames/*.example.com", "domainNameStatus": "UPDATING",
			"endpointConfiguration":  map[string]any{"types": []any{"EDGE"}, "ipAddressType": "ipv4"},
			"distributionDomainName": "~d .cloudfront.net", "distributionHostedZoneId": "Z2FDTNDATAQYW2",
			"securityPolicy": "TLS_1_0", "routingMode": "BASE_PATH_MAPPING_ONLY",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.must("POST /domainnames " + tt.request)
			if _, dated := got["certificateUploadDate"].(float64); dated {
				got["certificateUploadDate"] = 0.0
			}
			for name, want := range tt.want {
				pattern, ok := strings.CutPrefix(asText(want), "~")
				prefix, suffix, _ := strings.Cut(pattern, " ")
				if have := asText(got[name]); ok && strings.HasPrefix(have, prefix) && strings.HasSuffix(have, suffix) && len(have) > len(pattern) {
					got[name] = want
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
		})
	}
	if got := s.must("GET /domainnames/EDGE.example.com"); got["domainNameStatus"] != "AVAILABLE" || got["tags"] == nil {
		t.Errorf("got %v, want a name that is AVAILABLE, and empty tags", got)
	}
	if got := s.must("GET /domainnames?limit=3"); len(got["item"].([]any)) != 3 || got["position"] == nil {
		t.Errorf("got %v, want three of four and a position", got)
	}
	if calls := s.applied.Load(); calls != int64(len(tests)) {
		t.Errorf("waited %d times for the data plane, want %d", calls, len(tests))
	}
}

// asText returns a text of an answer, "" for anything else.
func asText(v any) string {
	text, _ := v.(string)
	return text
}

func TestDomainNameRefusals(t *testing.T) {
	s := newTestServer(t)
	s.must(`POST /domainnames {"domainName":"taken.example.com"}`)
	const regional = `"endpointConfiguration":{"types":["REGIONAL"]}`
	s.run(domainVars(), []exchange{
		{`POST /domainnames {}`, "400 ValidationException: 1 validation error detected: Value null at 'createDomainNameInput.domainName' failed to satisfy constraint: Member must not be null"},
		{`POST /domainnames {"domainName":"Taken.example.com"}`, "400 BadRequestException: The domain name you provided already exists."},
		{`POST /domainnames {"domainName":"no_name"}`, "400 BadRequestException: Invalid domain name specified: no_name"},
		{`POST /domainnames {"domainName":"a.*.com"}`, "400 BadRequestException: Invalid domain name specified: a.*.com"},
		{`POST /domainnames {"domainName":"x.execute-api.localhost"}`, "400 BadRequestException: Invalid domain name specified: x.execute-api.localhost is a name of API Gateway's own"},
		{`POST /domainnames {"domainName":"a.b","regionalCertificateArn":"{regional}"}`, "400 BadRequestException: Cannot import certificates for REGIONAL while EDGE is active."},
		{`POST /domainnames {"domainName":"a.b",` + regional + `,"certificateArn":"{edge}"}`, "400 BadRequestException: Cannot import certificates for EDGE while REGIONAL is active."},
		{`POST /domainnames {"domainName":"a.b",` + regional + `,"regionalCertificateArn":"{edge}"}`, "400 BadRequestException: Invalid certificate ARN: {edge}. Certificate must be in 'eu-west-1'."},
		{`POST /domainnames {"domainName":"a.b","certificateArn":"{regional}"}`, "400 BadRequestException: Invalid certificate ARN: {regional}. Certificate must be in 'us-east-1'."},
		{`POST /domainnames {"domainName":"a.b","certificateArn":"x"}`, "400 BadRequestException: Invalid certificate ARN: x"},
		{`POST /domainnames {"domainName":"a.b","certificateBody":"x","certificatePrivateKey":"y"}`, "400 BadRequestException: Invalid certificate specified: ..."},
		{`POST /domainnames {"domainName":"a.b","endpointConfiguration":{"types":["REGIONAL","EDGE"]}}`, "400 BadRequestException: Cannot create a domain name with multiple Endpoint Types."},
		{`POST /domainnames {"domainName":"a.b",` + regional + `,"mutualTlsAuthentication":{"truststoreUri":"s3://trust/x"}}`, "400 BadRequestException: Mutual TLS authentication is only supported with TLS 1.2."},
		{`POST /domainnames {"domainName":"a.b",` + regional + `,"securityPolicy":"TLS_1_2","mutualTlsAuthentication":{"truststoreUri":"/etc/x"}}`,
			"400 BadRequestException: Invalid truststoreUri specified: /etc/x. It must be of the form s3://bucket-name/key-name"},
		{`POST /domainnames {"domainName":"a.b","securityPolicy":"TLS_1_2","mutualTlsAuthentication":{"truststoreUri":"s3://trust/x"}}`,
			"400 BadRequestException: Mutual TLS authentication is only supported for REGIONAL domain names."},
		{`POST /domainnames {"domainName":"a.b",` + regional + `,"securityPolicy":"SecurityPolicy_TLS13_1_3_2025_09"}`,
			"400 BadRequestException: EndpointAccessMode must be specified with security policies that begin with SecurityPolicy_"},
		{`POST /domainnames {"domainName":"a.b","endpointAccessMode":"STRICT"}`,
			"400 BadRequestException: EndpointAccessMode can only be specified with security policies that begin with SecurityPolicy_"},
		{`POST /domainnames {"domainName":"a.b","endpointAccessMode":"STRICT","securityPolicy":"SecurityPolicy_TLS13_1_3_2025_09"}`,
			"400 BadRequestException: Security policy SecurityPolicy_TLS13_1_3_2025_09 is not supported for EDGE domain names."},
		{`POST /domainnames {"domainName":"a.b","policy":"{}"}`, "400 BadRequestException: Policies can only be specified with PRIVATE domain names."},
		{`POST /domainnames {"domainName":"a.b","endpointConfiguration":{"types":["PRIVATE"]},"policy":"{}"}`,
			"400 BadRequestException: Invalid policy document. Please check the policy syntax and ensure that Principals are valid."},
		{`POST /domainnames {"domainName":"a.b","endpointConfiguration":{"types":["PRIVATE"]},"securityPolicy":"TLS_1_0"}`,
			"400 BadRequestException: Security policy TLS_1_0 is not supported for PRIVATE domain names."},
		{`POST /domainnames {"domainName":"a.b","endpointConfiguration":{"types":["PRIVATE"],"ipAddressType":"ipv4"}}`,
			"400 BadRequestException: Private domain names only support the dualstack IP address type."},
		{`POST /domainnames {"domainName":"a.b","tags":{"aws:x":"y"}}`, "400 BadRequestException: ..."},
		{`GET /domainnames/nothing.example.com`, "404 NotFoundException: Invalid domain name identifier specified"},
		{`PATCH /domainnames/nothing.example.com {}`, "404 NotFoundException: Invalid domain name identifier specified"},
		{`DELETE /domainnames/nothing.example.com`, "404 NotFoundException: Invalid domain name identifier specified"},
		{`GET /domainnames/taken.example.com?domainNameId=abc`, "404 NotFoundException: Invalid domain name identifier specified"},
		{patchOf("/domainnames/taken.example.com", "replace /domainName x"), "400 BadRequestException: Invalid patch path  '/domainName' specified for op 'replace'. Must be one of: " +
			"[/certificateName, /certificateArn, /regionalCertificateName, /regionalCertificateArn, /endpointConfiguration/types/{0}, /endpointConfiguration/ipAddressType, " +
			"/securityPolicy, /endpointAccessMode, /mutualTlsAuthentication/truststoreUri, /mutualTlsAuthentication/truststoreVersion, " +
			"/ownershipVerificationCertificateArn, /policy, /managementPolicy, /routingMode]"},
		{patchOf("/domainnames/taken.example.com", "replace /endpointConfiguration/types/0 PRIVATE"), "400 BadRequestException: Cannot change a domain name's endpoint type to or from PRIVATE."},
		{patchOf("/domainnames/taken.example.com", "remove /endpointConfiguration/types EDGE"), "400 BadRequestException: REGIONAL Configuration and EDGE Configuration cannot be both DISABLED."},
		{patchOf("/domainnames/taken.example.com", "replace /endpointConfiguration/types/0 OTHER"), "400 BadRequestException: Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE"},
	})
}

// A domain name moves from edge-optimized to regional and has both types on the way.
func TestDomainNameMigration(t *testing.T) {
	s := newTestServer(t)
	s.must(`POST /domainnames {"domainName":"api.example.com","certificateArn":"` + edgeCertificate + `"}`)
	both := s.must(patchOf("/domainnames/api.example.com", "add /endpointConfiguration/types REGIONAL", "add /regionalCertificateArn "+regionalCertificate))
	if both["distributionDomainName"] == nil || both["regionalDomainName"] == nil || both["domainNameStatus"] != "UPDATING" {
		t.Errorf("got %v, want the addresses of both endpoint types", both)
	}
	regional := s.must(patchOf("/domainnames/api.example.com", "remove /endpointConfiguration/types EDGE"))
	if regional["distributionDomainName"] != nil || regional["certificateArn"] != nil || regional["regionalDomainName"] != both["regionalDomainName"] {
		t.Errorf("got %v, want the regional endpoint alone", regional)
	}
	edge := s.must(patchOf("/domainnames/api.example.com", "replace /endpointConfiguration/types/0 EDGE", "replace /certificateArn "+edgeCertificate))
	if edge["regionalDomainName"] != nil || edge["regionalCertificateArn"] != nil || edge["certificateArn"] != edgeCertificate {
		t.Errorf("got %v, want the edge-optimized endpoint alone", edge)
	}
}

// Every path that Terraform sends, and mutual TLS turned on and off.
func TestDomainNamePatch(t *testing.T) {
	s := newTestServer(t)
	s.must(`POST /domainnames {"domainName":"api.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
	const other = regionalCertificate + "b"
	got := s.must(patchOf("/domainnames/api.example.com", "replace /regionalCertificateArn "+other, "replace /securityPolicy TLS_1_2",
		"replace /mutualTlsAuthentication/truststoreUri s3://trust/clients.pem", "replace /mutualTlsAuthentication/truststoreVersion v2",
		"replace /ownershipVerificationCertificateArn "+regionalCertificate, "replace /routingMode ROUTING_RULE_ONLY", "replace /endpointConfiguration/ipAddressType dualstack"))
	delete(got, "certificateUploadDate")
	delete(got, "regionalDomainName")
	want := map[string]any{
		"domainName": "api.example.com", "domainNameArn": "arn:aws:apigateway:eu-west-1::/domainnames/api.example.com", "domainNameStatus": "AVAILABLE",
		"regionalCertificateArn": other, "regionalHostedZoneId": "ZLY8HYME6SFDD", "securityPolicy": "TLS_1_2", "routingMode": "ROUTING_RULE_ONLY",
		"endpointConfiguration":               map[string]any{"types": []any{"REGIONAL"}, "ipAddressType": "dualstack"},
		"mutualTlsAuthentication":             map[string]any{"truststoreUri": "s3://trust/clients.pem", "truststoreVersion": "v2"},
		"ownershipVerificationCertificateArn": regionalCertificate, "tags": map[string]any{},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("updated (-want +got):\n%s", diff)
	}
	got = s.must(patchOf("/domainnames/api.example.com", "replace /mutualTlsAuthentication/truststoreUri", "replace /securityPolicy SecurityPolicy_TLS13_1_3_2025_09", "replace /endpointAccessMode STRICT"))
	if got["mutualTlsAuthentication"] != nil || got["endpointAccessMode"] != "STRICT" {
		t.Errorf("got %v, want no mutual TLS and the access mode STRICT", got)
	}
	got = s.must(patchOf("/domainnames/api.example.com", "replace /securityPolicy TLS_1_2"))
	if got["endpointAccessMode"] != nil {
		t.Errorf("got the access mode %v, want it gone with the policy", got["endpointAccessMode"])
	}
}

func TestBasePathMappings(t *testing.T) {
	s := newTestServer(t)
	api, root := s.api()
	s.must("PUT /restapis/" + api + "/resources/" + root + "/methods/GET {\"authorizationType\":\"NONE\"}")
	s.must("PUT /restapis/" + api + "/resources/" + root + "/methods/GET/integration {\"type\":\"MOCK\"}")
	s.must("POST /restapis/" + api + "/deployments {\"stageName\":\"prod\"}")
	private := s.must(`POST /restapis {"name":"p","endpointConfiguration":{"types":["PRIVATE"]}}`)["id"].(string)
	s.must(`POST /domainnames {"domainName":"api.example.com"}`)
	s.must(`POST /domainnames {"domainName":"other.example.com"}`)
	const m = "/domainnames/api.example.com/basepathmappings"
	const gone = "404 NotFoundException: Invalid base path mapping identifier specified"
	s.run(domainVars("m", m, "api", api, "private", private), []exchange{
		{`POST /domainnames/nothing/basepathmappings {"restApiId":"{api}"}`, "404 NotFoundException: Invalid domain name identifier specified"},
		{`POST {m} {"restApiId":"nothing"}`, "400 BadRequestException: Invalid REST API identifier specified"},
		{`POST {m} {"restApiId":"{api}","stage":"nothing"}`, "400 BadRequestException: Invalid stage identifier specified"},
		{`POST {m} {"restApiId":"{api}","basePath":"a/b"}`, "400 BadRequestException: API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2."},
		{`POST {m} {"restApiId":"{api}","basePath":"a b"}`, "400 BadRequestException: Invalid base path specified: a b. ..."},
		{`POST {m} {"restApiId":"{private}"}`, "400 BadRequestException: Only PRIVATE APIs can be mapped to PRIVATE domain names, and only to those."},

		{`POST {m} {"restApiId":"{api}","basePath":"","stage":""}`, `201 {"basePath":"(none)","restApiId":"{api}"}`},
		{`POST {m} {"restApiId":"{api}","stage":"prod"}`, "409 ConflictException: Base path already exists for this domain name"},
		{`POST {m} {"restApiId":"{api}","basePath":"orders","stage":"prod"}`, `201 {"basePath":"orders","restApiId":"{api}","stage":"prod"}`},
		{`GET {m}/(none)`, `200 {"basePath":"(none)","restApiId":"{api}"}`},
		{`GET {m}/%28none%29`, `200 {"basePath":"(none)","restApiId":"{api}"}`},
		{`GET {m}/nothing`, gone},
		{`GET {m}`, `200 {"item":[{"basePath":"(none)","restApiId":"{api}"},{"basePath":"orders","restApiId":"{api}","stage":"prod"}]}`},
		{`GET {m}?limit=1&position=x`, "400 BadRequestException: Invalid position parameter."},
		{`GET /domainnames/other.example.com/basepathmappings`, `200 {"item":[]}`},

		{patchOf("{m}/orders", "replace /basePath (none)"), "409 ConflictException: Base path already exists for this domain name"},
		{patchOf("{m}/orders", "replace /basePath shop", "replace /stage", "replace /restapiId {api}"), `200 {"basePath":"shop","restApiId":"{api}"}`},
		{`GET {m}/orders`, gone},
		{patchOf("{m}/shop", "replace /stage prod", "replace /restApiId nothing"), "400 BadRequestException: Invalid REST API identifier specified"},
		{patchOf("{m}/shop", "replace /stage prod"), `200 {"basePath":"shop","restApiId":"{api}","stage":"prod"}`},
		{patchOf("{m}/shop", "add /stage x"), "400 BadRequestException: Invalid patch path  '/stage' specified for op 'add'. Please choose supported operations"},

		{`DELETE /restapis/{api}/stages/prod`, "400 BadRequestException: Cannot delete stage 'prod', a base path mapping points to it: shop of api.example.com"},
		{`DELETE {m}/shop`, "202 null"},
		{`DELETE {m}/shop`, gone},
		{`DELETE /restapis/{api}/stages/prod`, "202 null"},
		{`DELETE /restapis/{api}`, "400 BadRequestException: Cannot delete REST API '{api}', a base path mapping points to it: (none) of api.example.com"},
		{`DELETE /domainnames/api.example.com`, "202 null"},
		{`GET {m}`, "404 NotFoundException: Invalid domain name identifier specified"},
		{`DELETE /restapis/{api}`, "202 null"},
	})
}

func TestPrivateDomainNames(t *testing.T) {
	s := newTestServer(t)
	created := s.must(`POST /domainnames {"domainName":"in.example.com","endpointConfiguration":{"types":["PRIVATE"]},
		"policy":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":[\"execute-api:/*\"]}]}"}`)
	id, arn := created["domainNameId"].(string), created["domainNameArn"].(string)
	const endpoint = "vpce-0123456789abcdef0"
	association := "arn:aws:apigateway:eu-west-1:123456789012:/domainnameaccessassociations/domainname/in.example.com+" + id + "/vpcesource/" + endpoint
	vars := map[string]string{"id": id, "arn": arn, "endpoint": endpoint, "association": association,
		"query": "domainNameAccessAssociationArn=" + url.QueryEscape(association) + "&domainNameArn=" + url.QueryEscape(arn)}
	s.must(`POST /domainnames {"domainName":"in.example.com"}`) // a public one may have the same name
	if want := `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-1:123456789012:/domainnames/in.example.com+` + id + `/*"}]}`; created["policy"] != want {
		t.Errorf("got the policy %v, want %s", created["policy"], want)
	}
	s.run(vars, []exchange{
		{`POST /domainnames {"domainName":"in.example.com","endpointConfiguration":{"types":["PRIVATE"]}}`, "400 BadRequestException: The domain name you provided already exists."},
		{`GET /domainnames/in.example.com/basepathmappings?domainNameId={id}`, `200 {"item":[]}`},
		{`POST /domainnameaccessassociations {"domainNameArn":"{arn}","accessAssociationSourceType":"VPCE","accessAssociationSource":"x"}`, "400 BadRequestException: Invalid access association source specified: x"},
		{`POST /domainnameaccessassociations {"domainNameArn":"x","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}"}`, "400 BadRequestException: Invalid domain name ARN specified: x"},
		{`POST /domainnameaccessassociations {"domainNameArn":"arn:aws:apigateway:eu-west-1::/domainnames/in.example.com","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}"}`,
			"400 BadRequestException: Domain name access associations are only supported for PRIVATE domain names."},
		{`POST /domainnameaccessassociations {"domainNameArn":"{arn}","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}","tags":{"a":"b"}}`,
			`201 {"domainNameAccessAssociationArn":"{association}","domainNameArn":"{arn}","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}","tags":{"a":"b"}}`},
		{`POST /domainnameaccessassociations {"domainNameArn":"{arn}","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}"}`,
			"409 ConflictException: Domain name access association already exists"},
		{`GET /domainnameaccessassociations?resourceOwner=SELF`,
			`200 {"item":[{"domainNameAccessAssociationArn":"{association}","domainNameArn":"{arn}","accessAssociationSourceType":"VPCE","accessAssociationSource":"{endpoint}","tags":{"a":"b"}}]}`},
		{`GET /domainnameaccessassociations?resourceOwner=OTHER_ACCOUNTS`, `200 {"item":[]}`},
		{`PUT /tags/{association} {"tags":{"c":"d"}}`, "204 null"},
		{`GET /tags/{association}`, `200 {"tags":{"a":"b","c":"d"}}`},
		{`PUT /tags/arn:aws:apigateway:eu-west-1::/domainnames/in.example.com {"tags":{"x":"y"}}`, "204 null"},
		{`GET /tags/{arn}`, `200 {}`},
		{`DELETE /domainnames/in.example.com?domainNameId={id}`, "400 BadRequestException: Cannot delete domain name 'in.example.com', it has domain name access associations: {association}"},
		{`POST /rejectdomainnameaccessassociations?{query}`,
			"400 BadRequestException: Cannot reject a domain name access association of your own account. Delete it instead."},
		{`DELETE /domainnameaccessassociations/{association}`, "202 null"},
		{`DELETE /domainnameaccessassociations/{association}`, "404 NotFoundException: Invalid domain name access association identifier specified"},
		{`DELETE /domainnames/in.example.com?domainNameId={id}`, "202 null"},
		{`GET /domainnames/in.example.com?domainNameId={id}`, "404 NotFoundException: Invalid domain name identifier specified"},
	})
	if got := s.must("GET /domainnames/in.example.com"); got["tags"].(map[string]any)["x"] != "y" {
		t.Errorf("got %v, want the public name of the same name, with its tag", got)
	}
}

// Another account may associate its VPC endpoint as long as the management policy says so, and the owner may end it.
func TestSharedDomainName(t *testing.T) {
	s := newTestServer(t)
	other := apigateway.New(s.sdk.Options(), func(o *apigateway.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider("210987654321", "secret", "")
	})
	domain, err := s.sdk.CreateDomainName(t.Context(), &apigateway.CreateDomainNameInput{
		DomainName: new("in.example.com"), EndpointConfiguration: &types.EndpointConfiguration{Types: []types.EndpointType{types.EndpointTypePrivate}},
	})
	if err != nil {
		t.Fatal(err)
	}
	associate := &apigateway.CreateDomainNameAccessAssociationInput{
		DomainNameArn: domain.DomainNameArn, AccessAssociationSource: new("vpce-1"), AccessAssociationSourceType: types.AccessAssociationSourceTypeVpce,
	}
	if _, err := other.CreateDomainNameAccessAssociation(t.Context(), associate); err == nil || !strings.Contains(err.Error(), "Invalid domain name identifier specified") {
		t.Errorf("association without a management policy: got %v, want the domain name not found", err)
	}
	policy := `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"apigateway:CreateAccessAssociation","Resource":"` + *domain.DomainNameArn + `"}]}`
	if _, err := s.sdk.UpdateDomainName(t.Context(), &apigateway.UpdateDomainNameInput{
		DomainName: new("in.example.com"), DomainNameId: domain.DomainNameId,
		PatchOperations: []types.PatchOperation{{Op: types.OpReplace, Path: new("/managementPolicy"), Value: &policy}},
	}); err != nil {
		t.Fatal(err)
	}
	association, err := other.CreateDomainNameAccessAssociation(t.Context(), associate)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := other.GetDomainNames(t.Context(), &apigateway.GetDomainNamesInput{ResourceOwner: types.ResourceOwnerOtherAccounts})
	if err != nil || len(shared.Items) != 1 || *shared.Items[0].DomainNameArn != *domain.DomainNameArn {
		t.Errorf("domain names of other accounts: got %v, %v, want the shared one", shared, err)
	}
	foreign := func() int {
		t.Helper()
		list, err := s.sdk.GetDomainNameAccessAssociations(t.Context(), &apigateway.GetDomainNameAccessAssociationsInput{ResourceOwner: types.ResourceOwnerOtherAccounts})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Items)
	}
	if n := foreign(); n != 1 {
		t.Errorf("the owner sees %d associations of other accounts, want 1", n)
	}
	reject := &apigateway.RejectDomainNameAccessAssociationInput{
		DomainNameArn: domain.DomainNameArn, DomainNameAccessAssociationArn: association.DomainNameAccessAssociationArn,
	}
	if _, err := s.sdk.RejectDomainNameAccessAssociation(t.Context(), reject); err != nil {
		t.Fatal(err)
	}
	if n := foreign(); n != 0 {
		t.Errorf("the owner sees %d associations after it rejected the only one, want 0", n)
	}
	if _, err := s.sdk.RejectDomainNameAccessAssociation(t.Context(), reject); err == nil {
		t.Error("rejected twice, want an error")
	}
	// The record is the other account's to delete.
	if _, err := other.DeleteDomainNameAccessAssociation(t.Context(), &apigateway.DeleteDomainNameAccessAssociationInput{
		DomainNameAccessAssociationArn: association.DomainNameAccessAssociationArn,
	}); err != nil {
		t.Error(err)
	}
}

// Base paths of several levels are taken where that is configured, by names that could have them on the service.
func TestMultiLevelBasePaths(t *testing.T) {
	s := newTestServer(t)
	s.control.multiLevel = true
	api, _ := s.api()
	s.must(`POST /domainnames {"domainName":"edge.example.com"}`)
	s.must(`POST /domainnames {"domainName":"old.example.com","endpointConfiguration":{"types":["REGIONAL"]}}`)
	s.must(`POST /domainnames {"domainName":"api.example.com","endpointConfiguration":{"types":["REGIONAL"]},"securityPolicy":"TLS_1_2"}`)
	const refused = "400 BadRequestException: Multi-level base path mappings need a REGIONAL domain name with the security policy TLS_1_2."
	s.run(domainVars("api", api, "m", "/domainnames/api.example.com/basepathmappings", "long", strings.Repeat("a/", 150)+"a"), []exchange{
		{`POST /domainnames/edge.example.com/basepathmappings {"restApiId":"{api}","basePath":"orders/v1"}`, refused},
		{`POST /domainnames/old.example.com/basepathmappings {"restApiId":"{api}","basePath":"orders/v1"}`, refused},
		{`POST {m} {"restApiId":"{api}","basePath":"orders/v1"}`, `201 {"basePath":"orders/v1","restApiId":"{api}"}`},
		{`GET {m}/orders%2Fv1`, `200 {"basePath":"orders/v1","restApiId":"{api}"}`},
		{`POST {m} {"restApiId":"{api}","basePath":"orders//v1"}`, "400 BadRequestException: Invalid base path specified: orders//v1. ..."},
		{`POST {m} {"restApiId":"{api}","basePath":"{long}"}`, "400 BadRequestException: Invalid base path specified: ..."},
		{patchOf("{m}/orders%2Fv1", "replace /basePath shop/v2/x"), `200 {"basePath":"shop/v2/x","restApiId":"{api}"}`},
		{`DELETE {m}/shop%2Fv2%2Fx`, "202 null"},
	})
}
