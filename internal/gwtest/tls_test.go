package gwtest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// The ARNs of the certificates of these tests.
const certificateARN = "arn:aws:acm:us-east-1:111122223333:certificate/"

// domainAPI is an API whose root answers with what is known of the connection.
const domainAPI = `{"openapi": "3.0.1", "info": {"title": "domains", "version": "1"}, "paths": {"/": {"get": {
	"responses": {"200": {"description": "ok"}},
	"x-amazon-apigateway-integration": {"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
		"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "$context.domainName $context.protocol $context.identity.clientCert.subjectDN $input.params('X-Forwarded-Proto')"}}}}}},
	"/function": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST",
		"uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:seen/invocations"}}}}}`

// files writes a certificate and its key and returns where they are.
func (a *authority) files(t *testing.T, host string) certificate.Files {
	t.Helper()
	pair := a.issue(t, host)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pair.pem")
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return certificate.Files{Certificate: path}
}

// client returns a client that finds every host at the gateway and trusts the authority. change may change its TLS.
func (a *authority) client(t *testing.T, gw *gwtest.Server, change func(*tls.Config)) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AddCert(a.cert)
	config := &tls.Config{RootCAs: roots}
	if change != nil {
		change(config)
	}
	transport := &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, gw.SecureAddr)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// answerOf returns protocol, status and body of an answer, or "error".
func answerOf(t *testing.T, client *http.Client, url, host string) string {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	resp, err := client.Do(req)
	if err != nil {
		t.Log(err)
		return "error"
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s %d %s", resp.Proto, resp.StatusCode, body)
}

// control makes a call that must succeed.
func control(t *testing.T, gw *gwtest.Server, method, path, body string) map[string]any {
	t.Helper()
	result, err := gw.Control(method, path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// regional creates a regional domain name that leads to the stage v1 of an API.
func regional(t *testing.T, gw *gwtest.Server, api, name, members string) {
	t.Helper()
	control(t, gw, "POST", "/domainnames", `{"domainName": "`+name+`", "endpointConfiguration": {"types": ["REGIONAL"]}`+members+`}`)
	control(t, gw, "POST", "/domainnames/"+name+"/basepathmappings", `{"restApiId": "`+api+`", "stage": "v1"}`)
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestDomainsOverTLS(t *testing.T) {
	root, _ := newAuthority(t)
	log := &lines{}
	gw := gwtest.Start(t, gwtest.Config{Log: log, Change: func(c *server.Config) {
		c.GatewayTLS = "127.0.0.1:0"
		c.TLS.Certificates = map[string]certificate.Files{
			certificateARN + "a":               root.files(t, "a.example.com"),
			"named.example.com":                root.files(t, "named.example.com"),
			"*.wild.example.com":               root.files(t, "*.wild.example.com"),
			"*.execute-api.localhost":          root.files(t, "*.execute-api.localhost"),
			certificateARN + "old":             root.files(t, "old.example.com"),
			certificateARN + "not-for-a-name-": root.files(t, "other.example.com"),
		}
		c.TLS.Default = root.files(t, "default.example.com")
	}})
	api, err := gw.Deploy(domainAPI, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	regional(t, gw, api, "a.example.com", `, "regionalCertificateArn": "`+certificateARN+`a", "securityPolicy": "TLS_1_2"`)
	regional(t, gw, api, "named.example.com", `, "regionalCertificateArn": "`+certificateARN+`unmapped"`)
	regional(t, gw, api, "one.wild.example.com", ``)
	regional(t, gw, api, "old.example.com", `, "regionalCertificateArn": "`+certificateARN+`old"`)
	regional(t, gw, api, "new.example.com", `, "securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": "STRICT"`)
	uploaded := root.files(t, "up.example.com")
	text, err := os.ReadFile(uploaded.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]any{"domainName": "up.example.com", "certificateBody": string(text), "certificatePrivateKey": string(text)})
	control(t, gw, "POST", "/domainnames", string(body))
	control(t, gw, "POST", "/domainnames/up.example.com/basepathmappings", `{"restApiId": "`+api+`", "stage": "v1"}`)

	only := func(minimum, maximum uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = minimum, maximum }
	}
	named := func(name string) func(*tls.Config) { return func(c *tls.Config) { c.ServerName = name } }
	http11 := func(c *tls.Config) { c.NextProtos = []string{"http/1.1"} }
	tests := []struct {
		name, url, host string
		change          func(*tls.Config)
		want            string
	}{
		{"certificate by ARN", "https://a.example.com/", "", only(tls.VersionTLS13, 0), "HTTP/2.0 200 a.example.com HTTP/1.1  https"},
		{"certificate by name", "https://named.example.com/", "", nil, "HTTP/2.0 200 named.example.com HTTP/1.1  https"},
		{"certificate by wildcard", "https://one.wild.example.com/", "", nil, "HTTP/2.0 200 one.wild.example.com HTTP/1.1  https"},
		{"certificate that was uploaded", "https://up.example.com/", "", nil, "HTTP/2.0 200 up.example.com HTTP/1.1  https"},
		{"the API's own host", "https://" + api + ".execute-api.localhost/v1", "", nil, "HTTP/2.0 200 " + api + ".execute-api.localhost HTTP/1.1  https"},
		{"HTTP/1.1", "https://a.example.com/", "", http11, "HTTP/1.1 200 a.example.com HTTP/1.1  https"},
		{"TLS 1.2", "https://a.example.com/", "", only(tls.VersionTLS12, tls.VersionTLS12), "HTTP/2.0 200 a.example.com HTTP/1.1  https"},
		{"TLS 1.1 with TLS_1_2", "https://a.example.com/", "", only(tls.VersionTLS11, tls.VersionTLS11), "error"},
		{"TLS 1.1 with TLS_1_0", "https://old.example.com/", "", only(tls.VersionTLS11, tls.VersionTLS11), "HTTP/1.1 200 old.example.com HTTP/1.1  https"},
		{"TLS 1.1 by another host's handshake", "https://old.example.com/", "a.example.com", only(tls.VersionTLS11, tls.VersionTLS11), `HTTP/1.1 403 {"message":"Forbidden"}`},
		{"TLS 1.3 with a policy of TLS 1.3", "https://new.example.com/", "", named("new.example.com"), "error"}, // the default certificate is for another host
		{"TLS 1.2 with a policy of TLS 1.3", "https://new.example.com/", "", only(tls.VersionTLS12, tls.VersionTLS12), "error"},
		{"another host than in the handshake, basic", "https://a.example.com/", "named.example.com", nil, "HTTP/2.0 200 named.example.com HTTP/1.1  https"},
		{"another host than in the handshake, strict", "https://a.example.com/", "new.example.com", nil, `HTTP/2.0 403 {"message":"Forbidden"}`},
		{"unknown host, default certificate", "https://default.example.com/", "", nil, `HTTP/2.0 403 {"message":"Forbidden"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			change := tt.change
			if tt.change != nil && strings.HasPrefix(tt.want, "HTTP/1.1") {
				change = func(c *tls.Config) {
					tt.change(c)
					c.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
					c.NextProtos = []string{"http/1.1"}
				}
			}
			client := root.client(t, gw, change)
			if strings.HasPrefix(tt.want, "HTTP/1.1") {
				client.Transport.(*http.Transport).ForceAttemptHTTP2 = false
			}
			if got := answerOf(t, client, tt.url, tt.host); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A custom domain name for which nobody configured a certificate is not served, and the log says what to do.
func TestUnmappedCertificate(t *testing.T) {
	root, _ := newAuthority(t)
	log := &lines{}
	gw := gwtest.Start(t, gwtest.Config{Log: log, Change: func(c *server.Config) { c.GatewayTLS = "127.0.0.1:0" }})
	api, err := gw.Deploy(domainAPI, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	regional(t, gw, api, "a.example.com", `, "regionalCertificateArn": "`+certificateARN+`a"`)
	if got := answerOf(t, root.client(t, gw, nil), "https://a.example.com/", ""); got != "error" {
		t.Errorf("got %s, want the handshake to fail", got)
	}
	want := "no certificate for the custom domain name a.example.com: name files for " + certificateARN + "a, or for a.example.com, under tls.certificates of the configuration"
	if !strings.Contains(log.String(), want) {
		t.Errorf("got the log\n%s\nwant %s", log, want)
	}
}

func TestMutualTLSDomain(t *testing.T) {
	root, _ := newAuthority(t)
	clients, trust := newAuthority(t)
	strangers, _ := newAuthority(t)
	fake := gwtest.NewLambda(t)
	fake.Function("seen", func(*gwtest.Invocation, io.Writer) ([]byte, error) { return []byte(`{"statusCode": 200}`), nil })
	gw := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.GatewayTLS = "127.0.0.1:0"
		c.TLS.Certificates = map[string]certificate.Files{"m.example.com": root.files(t, "m.example.com"), "v.example.com": root.files(t, "v.example.com"), "plain.example.com": root.files(t, "plain.example.com")}
		c.TLS.Truststores = map[string]string{"s3://trust/clients.pem": trust, "s3://trust/clients.pem?versionId=v2": trust}
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL_LAMBDA": fake.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}[name]
		}
	}})
	api, err := gw.Deploy(domainAPI, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	control(t, gw, "PATCH", "/account", `{"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::000000000000:role/logs"}]}`)
	control(t, gw, "PATCH", "/restapis/"+api+"/stages/v1", `{"patchOperations": [
		{"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"},
		{"op": "replace", "path": "/accessLogSettings/destinationArn", "value": "arn:aws:logs:us-east-1:000000000000:log-group:access"},
		{"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId $context.status $context.tlsVersion $context.cipherSuite $context.identity.clientCert.issuerDN $context.identity.clientCert.validity.notAfter"}]}`)
	const mutual = `, "securityPolicy": "TLS_1_2", "mutualTlsAuthentication": {"truststoreUri": "s3://trust/clients.pem"`
	regional(t, gw, api, "m.example.com", mutual+`}`)
	regional(t, gw, api, "v.example.com", mutual+`, "truststoreVersion": "v1"}`)
	regional(t, gw, api, "plain.example.com", "")

	certified := func(a *authority) func(*tls.Config) {
		pair := a.issue(t, "client")
		return func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
	}
	const forbidden = `HTTP/2.0 403 {"message":"Forbidden"}`
	tests := []struct {
		name, url, host string
		change          func(*tls.Config)
		want, reason    string
	}{
		{"trusted", "https://m.example.com/", "", certified(clients), "HTTP/2.0 200 m.example.com HTTP/1.1 CN=client https", ""},
		{"another authority's", "https://m.example.com/", "", certified(strangers), forbidden, "Could not find issuer for certificate"},
		{"none", "https://m.example.com/", "", nil, forbidden, "The client did not present a certificate"},
		{"past the handshake of another name", "https://plain.example.com/", "m.example.com", certified(clients), forbidden, "The client did not present a certificate"},
		{"a version of the truststore that is not configured", "https://v.example.com/", "", certified(clients), forbidden, "The truststore of v.example.com can't be read"},
		{"a name without mutual TLS asks for nothing", "https://plain.example.com/", "", certified(clients), "HTTP/2.0 200 plain.example.com HTTP/1.1  https", ""},
	}
	execution := "API-Gateway-Execution-Logs_" + api + "/v1"
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			gw.TakeLog(execution)
			if got := answerOf(t, root.client(t, gw, tt.change), tt.url, tt.host); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			log := gw.TakeLog(execution)
			if tt.reason != "" && !strings.Contains(log, "Access denied. Reason: "+tt.reason) {
				t.Errorf("got the execution log %q, want the reason %q", log, tt.reason)
			}
		})
	}
	access := strings.Split(strings.TrimSpace(gw.TakeLog("access")), "\n")
	if len(access) != len(tests) || !strings.Contains(access[1], " 403 TLSv1.3 TLS_AES_128_GCM_SHA256 CN=test root ") || !strings.HasSuffix(access[1], " GMT") || !strings.HasSuffix(access[2], " - -") {
		t.Errorf("got the access log\n%s\nwant the refused client's certificate in the second line and none in the third", strings.Join(access, "\n"))
	}

	if got := answerOf(t, root.client(t, gw, certified(clients)), "https://m.example.com/function", ""); !strings.HasPrefix(got, "HTTP/2.0 200") {
		t.Errorf("the function: got %s", got)
	}
	var event struct {
		RequestContext struct {
			Identity struct {
				ClientCert struct {
					SubjectDN, IssuerDN, SerialNumber, ClientCertPem string
					Validity                                         struct{ NotBefore, NotAfter string }
				}
			}
		}
	}
	invocations := fake.TakeInvocations()
	if len(invocations) != 1 {
		t.Fatalf("got %d invocations, want 1", len(invocations))
	}
	if err := json.Unmarshal(invocations[0].Event, &event); err != nil {
		t.Fatal(err)
	}
	cert := event.RequestContext.Identity.ClientCert
	if diff := cmp.Diff([]string{"CN=client", "CN=test root", "02"}, []string{cert.SubjectDN, cert.IssuerDN, cert.SerialNumber}); diff != "" || !strings.HasPrefix(cert.ClientCertPem, "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("the event's certificate %+v differs (-want +got):\n%s", cert, diff)
	}

	// An operator who has no TLS of his own can't have mutual TLS either.
	control(t, gw, "PATCH", "/domainnames/m.example.com", `{"patchOperations": [{"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri", "value": ""}]}`)
	if got, want := answerOf(t, root.client(t, gw, nil), "https://m.example.com/", ""), "HTTP/2.0 200 m.example.com HTTP/1.1  https"; got != want {
		t.Errorf("after mutual TLS was turned off: got %s, want %s", got, want)
	}
}

// Domain names, their mappings and uploaded certificates are there again after a restart.
func TestDomainsAfterRestart(t *testing.T) {
	root, _ := newAuthority(t)
	dir := t.TempDir()
	change := func(c *server.Config) { c.Data, c.GatewayTLS = dir, "127.0.0.1:0" }
	t.Run("before", func(t *testing.T) {
		gw := gwtest.Start(t, gwtest.Config{Change: change})
		api, err := gw.Deploy(domainAPI, "v1", "")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(root.files(t, "up.example.com").Certificate)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := json.Marshal(map[string]any{"domainName": "up.example.com", "certificateBody": string(text), "certificatePrivateKey": string(text)})
		shown := control(t, gw, "POST", "/domainnames", string(body))
		if text := fmt.Sprint(shown); strings.Contains(text, "PRIVATE KEY") {
			t.Errorf("the private key is shown: %s", text)
		}
		control(t, gw, "POST", "/domainnames/up.example.com/basepathmappings", `{"restApiId": "`+api+`", "stage": "v1"}`)
	})
	t.Run("after", func(t *testing.T) {
		gw := gwtest.Start(t, gwtest.Config{Change: change})
		if got, want := answerOf(t, root.client(t, gw, nil), "https://up.example.com/", ""), "HTTP/2.0 200 up.example.com HTTP/1.1  https"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// A private domain name is reached through the VPC endpoint of an association.
func TestPrivateDomainName(t *testing.T) {
	gw := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.VPCEndpoints = map[authorize.Endpoint][]netip.Prefix{{ID: "vpce-1", VPC: "vpc-1"}: {netip.MustParsePrefix("127.0.0.0/8")}}
	}})
	const allow = `{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"execute-api:/*\",\"Condition\":{\"StringEquals\":{\"aws:SourceVpce\":\"vpce-1\"}}}}`
	document := strings.Replace(domainAPI, `"info"`, `"servers": [{"url": "/", "x-amazon-apigateway-endpoint-configuration": {"vpcEndpointIds": ["vpce-1"]}}], "x-amazon-apigateway-policy": `+strings.ReplaceAll(allow, `\"`, `"`)+`, "info"`, 1)
	result := control(t, gw, "POST", "/restapis?mode=import&endpointConfigurationTypes=PRIVATE", document)
	api := result["id"].(string)
	control(t, gw, "POST", "/restapis/"+api+"/deployments", `{"stageName": "v1"}`)
	domain := control(t, gw, "POST", "/domainnames", `{"domainName": "in.example.com", "endpointConfiguration": {"types": ["PRIVATE"]}, "policy": "`+allow+`"}`)
	id := "?domainNameId=" + domain["domainNameId"].(string)
	control(t, gw, "POST", "/domainnames/in.example.com/basepathmappings"+id, `{"restApiId": "`+api+`", "stage": "v1"}`)
	address := func() string { return answerOf(t, http.DefaultClient, gw.GatewayURL+"/", "in.example.com") }
	const forbidden, ok = `HTTP/1.1 403 {"message":"Forbidden"}`, "HTTP/1.1 200 in.example.com HTTP/1.1  http"
	if got := address(); got != forbidden {
		t.Errorf("without an association: got %s, want %s", got, forbidden)
	}
	association := control(t, gw, "POST", "/domainnameaccessassociations", fmt.Sprintf(`{"domainNameArn": %q, "accessAssociationSourceType": "VPCE", "accessAssociationSource": "vpce-1"}`, domain["domainNameArn"]))
	if got := address(); got != ok {
		t.Errorf("with an association: got %s, want %s", got, ok)
	}
	control(t, gw, "PATCH", "/domainnames/in.example.com"+id, `{"patchOperations": [{"op": "replace", "path": "/policy", "value": ""}]}`)
	if got := address(); got != forbidden {
		t.Errorf("without a policy: got %s, want %s", got, forbidden)
	}
	control(t, gw, "PATCH", "/domainnames/in.example.com"+id, `{"patchOperations": [{"op": "replace", "path": "/policy", "value": "`+allow+`"}]}`)
	control(t, gw, "DELETE", "/domainnameaccessassociations/"+association["domainNameAccessAssociationArn"].(string), "")
	if got := address(); got != forbidden {
		t.Errorf("after the association's end: got %s, want %s", got, forbidden)
	}
}
