package gwtest_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/server"
)

// authority is a root that signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority makes a root and the file that holds it.
func newAuthority(t *testing.T) (a *authority, file string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}, file
}

// issue makes a certificate for a name or address.
func (a *authority) issue(t *testing.T, host string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	if ip := net.ParseIP(host); ip != nil {
		template.DNSNames, template.IPAddresses = nil, []net.IP{ip}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// secure is a back end over TLS that answers with the serial number of the client's certificate.
func secure(t *testing.T, certificate tls.Certificate, auth tls.ClientAuthType) (addr string) {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: auth}
	return script(t, func(c net.Conn) {
		secured := tls.Server(c, config)
		reader := bufio.NewReader(secured)
		for {
			req, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			serial := "none"
			if peers := secured.ConnectionState().PeerCertificates; len(peers) > 0 {
				serial = peers[0].SerialNumber.String()
			}
			text := req.Host + " " + serial
			if _, err := fmt.Fprintf(secured, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(text), text); err != nil {
				return
			}
		}
	})
}

// script serves raw connections until the test ends.
func script(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(20 * time.Second))
				serve(c)
			}()
		}
	}()
	return ln.Addr().String()
}

// must makes a call to the control plane that must succeed.
func must(t *testing.T, s *gwtest.Server, method, path, body string) map[string]any {
	t.Helper()
	result, err := s.Control(method, path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// fetch calls a path of an API's stage v1.
func fetch(t *testing.T, s *gwtest.Server, api, path string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(s.GatewayURL + "/_aws/execute-api/" + api + "/v1" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// serialOf returns the serial number of a client certificate.
func serialOf(t *testing.T, certificate map[string]any) string {
	t.Helper()
	block, _ := pem.Decode([]byte(certificate["pemEncodedCertificate"].(string)))
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.SerialNumber.String()
}

// TestClientCertificateOfStage takes a stage through its life with client certificates: none, one, and its
// successor, without a restart. A back end behind a VPC link gets it too.
func TestClientCertificateOfStage(t *testing.T) {
	root, file := newAuthority(t)
	direct := secure(t, root.issue(t, "127.0.0.1"), tls.RequestClientCert)
	private := secure(t, root.issue(t, "orders.internal"), tls.RequestClientCert)
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.TrustFiles = []string{file}
		c.VPCLinks = map[string]vpclink.Targets{"orders": {Addresses: []string{private}}}
	}})
	link := must(t, s, "POST", "/vpclinks", `{"name":"orders","targetArns":["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"]}`)["id"].(string)
	api, err := s.Deploy(`{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{
		"/direct":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"https://`+direct+`/"}}},
		"/private":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"https://orders.internal/","connectionType":"VPC_LINK","connectionId":"`+link+`"}}},
		"/name":{"get":{"x-amazon-apigateway-integration":{"type":"http_proxy","httpMethod":"GET","uri":"https://other.internal/","connectionType":"VPC_LINK","connectionId":"`+link+`"}}}}}`, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	stage := "/restapis/" + api + "/stages/v1"
	expect := func(when, serial string) {
		t.Helper()
		for path, want := range map[string]string{"/direct": direct + " " + serial, "/private": "orders.internal " + serial} {
			if status, body := fetch(t, s, api, path); status != 200 || body != want {
				t.Errorf("%s, %s: got %d %q, want %q", when, path, status, body, want)
			}
		}
	}
	expect("without certificate", "none")
	if status, body := fetch(t, s, api, "/name"); status != 504 {
		t.Errorf("the certificate is for another name: got %d %s, want 504", status, body)
	}
	first, second := must(t, s, "POST", "/clientcertificates", "{}"), must(t, s, "POST", "/clientcertificates", "{}")
	use := func(certificate any) {
		t.Helper()
		must(t, s, "PATCH", stage, fmt.Sprintf(`{"patchOperations":[{"op":"replace","path":"/clientCertificateId","value":%q}]}`, certificate))
	}
	use(first["clientCertificateId"])
	expect("with a certificate", serialOf(t, first))
	use(second["clientCertificateId"])
	expect("after the rotation", serialOf(t, second))
	must(t, s, "DELETE", "/clientcertificates/"+first["clientCertificateId"].(string), "")
	use("")
	expect("without certificate again", "none")
	for _, resource := range must(t, s, "GET", "/restapis/"+api+"/resources", "")["item"].([]any) {
		r := resource.(map[string]any)
		if r["path"] != "/direct" && r["path"] != "/private" {
			continue
		}
		tested := must(t, s, "POST", fmt.Sprintf("/restapis/%s/resources/%s/methods/GET", api, r["id"]), fmt.Sprintf(`{"clientCertificateId":%q}`, second["clientCertificateId"]))
		if body, _ := tested["body"].(string); !strings.HasSuffix(body, " "+serialOf(t, second)) {
			t.Errorf("a test of %s with a certificate: got %v", r["path"], tested)
		}
	}
}
