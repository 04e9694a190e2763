// Package aws_test calls AWS services through the whole server: SQS, SNS, DynamoDB, Kinesis, S3, Step
// Functions, EventBridge and SSM as moto's server has them (https://docs.getmoto.org), which checks each
// signature. Where moto is not installed the tests are left out and say so.
//
// testdata/api.yaml is the API. Start reading at [TestServices] in services_test.go; this file starts moto, once for all.
package aws_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// account is the account that moto has.
const account = "123456789012"

// startTimeout bounds the start of moto.
const startTimeout = 60 * time.Second

// moto is a running server, or the reason why there is none.
type moto struct {
	url     string
	missing string
	err     error
	command *exec.Cmd
	output  bytes.Buffer
}

// running is the server of all tests, started by the first.
var running = sync.OnceValue(startMoto)

// started tells TestMain whether there is something to end.
var started bool

func TestMain(m *testing.M) {
	code := m.Run()
	if started {
		running().stop()
	}
	os.Exit(code)
}

// startMoto starts the server on a free port.
func startMoto() *moto {
	started = true
	m := &moto{}
	python, err := exec.LookPath("python3")
	if err != nil {
		m.missing = "python3 is not installed"
		return m
	}
	if exec.Command(python, "-c", "import importlib.util, sys; sys.exit(not (importlib.util.find_spec('moto') and importlib.util.find_spec('flask')))").Run() != nil {
		m.missing = "moto's server is not installed (pip install 'moto[server]')"
		return m
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		m.err = err
		return m
	}
	addr := ln.Addr().String()
	m.err = ln.Close()
	m.url = "http://" + addr
	_, port, _ := strings.Cut(addr, ":")
	m.command = exec.Command(python, "-m", "moto.server", "-H", "127.0.0.1", "-p", port)
	m.command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none")
	m.command.Stdout, m.command.Stderr = &m.output, &m.output
	if m.err == nil {
		m.err = m.command.Start()
	}
	if m.err == nil {
		m.err = m.await()
	}
	return m
}

// await returns when the server answers.
func (m *moto) await() error {
	ended := make(chan error, 1)
	go func() { ended <- m.command.Wait() }()
	deadline := time.After(startTimeout)
	retry := time.NewTicker(50 * time.Millisecond)
	defer retry.Stop()
	for {
		if resp, err := http.Get(m.url + "/moto-api/"); err == nil {
			return resp.Body.Close()
		}
		select {
		case err := <-ended:
			return fmt.Errorf("moto ended: %w: %s", err, m.output.String())
		case <-deadline:
			return fmt.Errorf("moto does not answer after %v", startTimeout)
		case <-retry.C:
		}
	}
}

// stop ends the server.
func (m *moto) stop() {
	if m.command != nil && m.command.Process != nil {
		_ = m.command.Process.Kill() // it keeps nothing that would have to be written
	}
}

// needMoto returns the server, or leaves the test out.
func needMoto(t *testing.T) *moto {
	t.Helper()
	if testing.Short() {
		t.Skip("left out with -short")
	}
	m := running()
	if m.missing != "" {
		t.Skip("left out: " + m.missing)
	}
	if m.err != nil {
		t.Fatal(m.err)
	}
	return m
}

// call makes a request to a service of moto without a true signature, which moto believes while it
// does not check.
func (m *moto) call(t *testing.T, service, target, body string) []byte {
	t.Helper()
	contentType := "application/x-www-form-urlencoded"
	if target != "" {
		contentType = "application/x-amz-json-1.1"
	}
	req, err := http.NewRequest("POST", m.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
	}
	return do(t, req)
}

// do sends a request that must succeed.
func do(t *testing.T, req *http.Request) []byte {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s: %s", req.Method, req.URL, resp.Status, answer)
	}
	return answer
}

// trust is the trust policy of the test's role, permit the policy of its user and role.
const (
	trust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	permit = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
)

// identity makes a user and a role that may do all, and from then on lets moto check signatures and
// permissions. It returns the user's access key.
func (m *moto) identity(t *testing.T) (id, secret string) {
	t.Helper()
	m.call(t, "iam", "", "Action=CreateUser&Version=2010-05-08&UserName=gateway")
	m.call(t, "iam", "", "Action=PutUserPolicy&Version=2010-05-08&UserName=gateway&PolicyName=all&PolicyDocument="+escape(permit))
	for _, role := range []string{"integration", "powerless"} {
		m.call(t, "iam", "", "Action=CreateRole&Version=2010-05-08&RoleName="+role+"&AssumeRolePolicyDocument="+escape(trust))
	}
	m.call(t, "iam", "", "Action=PutRolePolicy&Version=2010-05-08&RoleName=integration&PolicyName=all&PolicyDocument="+escape(permit))
	var created struct {
		ID     string `xml:"CreateAccessKeyResult>AccessKey>AccessKeyId"`
		Secret string `xml:"CreateAccessKeyResult>AccessKey>SecretAccessKey"`
	}
	answer := m.call(t, "iam", "", "Action=CreateAccessKey&Version=2010-05-08&UserName=gateway")
	if err := xml.Unmarshal(answer, &created); err != nil || created.ID == "" {
		t.Fatalf("access key: %v: %s", err, answer)
	}
	m.checkSignatures(t, true)
	t.Cleanup(func() { m.checkSignatures(t, false) })
	return created.ID, created.Secret
}

// checkSignatures says whether moto checks signatures and permissions.
func (m *moto) checkSignatures(t *testing.T, check bool) {
	t.Helper()
	unchecked := "inf"
	if check {
		unchecked = "0"
	}
	req, err := http.NewRequest("POST", m.url+"/moto-api/reset-auth", strings.NewReader(unchecked))
	if err != nil {
		t.Fatal(err)
	}
	do(t, req)
}

// trustSignatures keeps moto from checking signatures for the rest of the test, for requests of which it
// does not know what the signature should be: it takes the parameters in the query of a request without body
// for the body, and decodes paths.
func (m *moto) trustSignatures(t *testing.T) {
	t.Helper()
	m.checkSignatures(t, false)
	t.Cleanup(func() { m.checkSignatures(t, true) })
}

// api is the deployed API of the tests.
type api struct {
	url  string
	moto *moto
}

// deploy starts a server that calls moto and deploys testdata/api.yaml to it.
func deploy(t *testing.T, m *moto) *api {
	t.Helper()
	id, secret := m.identity(t)
	s := gwtest.Start(t, gwtest.Config{Log: testLog{t}, Change: func(c *server.Config) {
		c.AccountID = account
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL": m.url, "AWS_ACCESS_KEY_ID": id, "AWS_SECRET_ACCESS_KEY": secret}[name]
		}
	}})
	document, err := os.ReadFile("testdata/api.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.Deploy(string(document), "v1", `{"variables": {"queue": "orders", "role": "integration"}}`)
	if err != nil {
		t.Fatal(err)
	}
	return &api{url: s.GatewayURL + "/_aws/execute-api/" + name + "/v1", moto: m}
}

// testLog writes what the server logs to the test's log.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// response is what the API answered.
type response struct {
	status int
	header http.Header
	body   []byte
}

// send calls the API; headers are names and values in turn.
func (a *api) send(t *testing.T, method, path string, body []byte, headers ...string) response {
	t.Helper()
	req, err := http.NewRequest(method, a.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, answer}
}

// json calls the API, which must answer 200, and returns the answer decoded.
func (a *api) json(t *testing.T, method, path, body string) map[string]any {
	t.Helper()
	got := a.send(t, method, path, []byte(body), "Content-Type", "application/json")
	var decoded map[string]any
	if err := json.Unmarshal(got.body, &decoded); got.status != 200 || err != nil {
		t.Fatalf("%s %s: status %d, %v: %s", method, path, got.status, err, got.body)
	}
	return decoded
}
