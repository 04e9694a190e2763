// Package sdk_test runs generated SDKs against a running gateway, with Node where it is installed.
package sdk_test

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// outcome is what became of a call, as testdata/calls.js prints it.
type outcome struct {
	Name   string          `json:"name"`
	Status int             `json:"status"`
	Type   string          `json:"type"`
	Error  string          `json:"error"`
	Data   json.RawMessage `json:"data"`
}

// echo answers with what it was asked: 404 for /missing.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	seen := map[string]any{"request": r.Method + " " + r.RequestURI}
	if len(body) > 0 {
		seen["body"] = string(body)
	}
	for _, name := range []string{"Content-Type", "Accept", "X-Trace", "X-More", "X-Api-Key"} {
		if value := r.Header.Get(name); value != "" {
			seen[name] = value
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/missing" {
		w.WriteHeader(http.StatusNotFound)
	}
	_ = json.NewEncoder(w).Encode(seen)
}

// judge answers whether a request is signed as the client of calls.js must sign.
func judge(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	verifier := &sigv4.Verifier{Service: "execute-api", Lookup: key{}}
	id, err := verifier.Verify(r.Context(), sigv4.FromHTTP(r, body))
	verdict := map[string]any{"account": id.AccountID, "region": id.Region, "path": r.URL.EscapedPath()}
	if err != nil {
		verdict = map[string]any{"refused": err.Error()}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(verdict)
}

func TestJavaScript(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("left out: node is not installed")
	}
	backend := httptest.NewServer(http.HandlerFunc(echo))
	defer backend.Close()
	judged := httptest.NewServer(http.HandlerFunc(judge))
	defer judged.Close()
	const account = "000000000000"
	caller := gwtest.Principals(account)["job"]
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.Principals = []iam.Principal{caller} }})
	document, err := os.ReadFile("testdata/api.json")
	if err != nil {
		t.Fatal(err)
	}
	api, err := s.Deploy(strings.ReplaceAll(string(document), "{{backend}}", backend.URL), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	apiKey := addKey(t, s, api)
	client := apigateway.New(apigateway.Options{
		BaseEndpoint: &s.ControlURL, Region: s.Region, Credentials: credentials.NewStaticCredentialsProvider(s.AccountID, "x", ""),
	})
	sdk, err := client.GetSdk(t.Context(), &apigateway.GetSdkInput{RestApiId: &api, StageName: new("v1"), SdkType: new("javascript")})
	if err != nil {
		t.Fatal(err)
	}
	if *sdk.ContentType != "application/octet-stream" || !strings.HasPrefix(*sdk.ContentDisposition, `attachment; filename="javascript_`) {
		t.Errorf("got %s, %s", *sdk.ContentType, *sdk.ContentDisposition)
	}
	directory := unpack(t, sdk.Body)

	principal, err := json.Marshal(map[string]string{"accessKey": caller.AccessKeyID, "secretKey": caller.SecretAccessKey, "sessionToken": caller.SessionToken})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "testdata/calls.js", directory, judged.URL+"/stage", apiKey, string(principal))
	command.Stderr = os.Stderr
	printed, err := command.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, printed)
	}
	got := map[string]outcome{}
	for lines := bufio.NewScanner(bytes.NewReader(printed)); lines.Scan(); {
		var o outcome
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		got[o.Name] = o
	}
	const plain = `"Accept":"application/json","X-Api-Key":"the-key"`
	tests := []struct {
		name   string
		status int
		data   string
		err    string
	}{
		{"methods", 0, `["closedItemPost","filesProxyDelete","filesProxyGet","filesProxyHead","filesProxyOptions","filesProxyPatch","filesProxyPost","filesProxyPut",
			"keyedGet","listPets","missingGet","petsPetIdGet","petsPost","rootGet"]`, ""},
		{"root", 200, `{"request":"GET /",` + plain + `}`, ""},
		{"operation name", 200, `{"request":"GET /pets?type=a%20b%26c","X-Trace":"t1",` + plain + `}`, ""},
		{"required parameter", 0, ``, "listPets: missing required parameters: X-Trace"},
		{"create", 200, `{"request":"POST /pets?list=1&list=2&odd%20name=~","X-More":"m","Content-Type":"application/json","body":"{\"name\":\"Rex\",\"tags\":[\"é\"]}",` + plain + `}`, ""},
		{"text", 200, `{"request":"POST /pets","Content-Type":"text/plain","body":"no JSON",` + plain + `}`, ""},
		{"path missing", 0, ``, "petsPetIdGet: missing required parameters: petId"},
		{"greedy", 200, `{"request":"GET /files/a/b%20c",` + plain + `}`, ""},
		{"any verb", 200, `{"request":"PATCH /files/x","Content-Type":"application/json","body":"{\"a\":1}",` + plain + `}`, ""},
		{"API key", 200, `{"key":"the-key-of-the-conformance-test"}`, ""},
		{"wrong API key", 403, `{"message":"Forbidden"}`, "Request failed with status code 403"},
		{"IAM", 200, `{"caller":"arn:aws:sts::000000000000:assumed-role/Caller/job-1"}`, ""},
		{"IAM unsigned", 403, `{"message":"Missing Authentication Token"}`, "Request failed with status code 403"},
		{"refused", 404, `{"request":"GET /missing",` + plain + `}`, "Request failed with status code 404"},
		{"signed", 200, `{"account":"123456789012","region":"eu-west-1","path":"/stage/pets"}`, ""},
		{"signed path", 200, `{"account":"123456789012","region":"eu-west-1","path":"/stage/files/a%20b/c"}`, ""},
	}
	for _, tt := range tests {
		o := got[tt.name]
		if o.Status != tt.status || o.Error != tt.err {
			t.Errorf("%s: got status %d, error %q, data %s; want %d and %q", tt.name, o.Status, o.Error, o.Data, tt.status, tt.err)
		}
		if tt.data != "" {
			if diff := cmp.Diff(value(t, []byte(tt.data)), value(t, o.Data)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	}
	if o := got["path"]; o.Status != 200 || !strings.Contains(string(o.Data), "a%2Fb%20%C3%BC") {
		t.Errorf("path: got %d %s, want the parameter as one segment", o.Status, o.Data)
	}
}

// addKey makes an API key for the stage v1 and returns its value.
func addKey(t *testing.T, s *gwtest.Server, api string) string {
	t.Helper()
	call := func(path, body string) string {
		result, err := s.Control("POST", path, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		id, _ := result["id"].(string)
		return id
	}
	const value = "the-key-of-the-conformance-test"
	id := call("/apikeys", `{"name":"k","enabled":true,"value":"`+value+`"}`)
	plan := call("/usageplans", `{"name":"p","apiStages":[{"apiId":"`+api+`","stage":"v1"}]}`)
	call("/usageplans/"+plan+"/keys", `{"keyId":"`+id+`","keyType":"API_KEY"}`)
	return value
}

// key is the one key that signs.
type key struct{}

// Credentials implements sigv4.Lookup.
func (key) Credentials(_ context.Context, id string) (sigv4.Credentials, error) {
	if id != "AKIDEXAMPLE" {
		return sigv4.Credentials{}, sigv4.ErrUnknownKey
	}
	return sigv4.Credentials{
		AccessKeyID: id, SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: "the/token==", AccountID: "123456789012",
	}, nil
}

// unpack returns the directory of an SDK.
func unpack(t *testing.T, zipped []byte) string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	if err := os.CopyFS(directory, archive); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(directory, "apiGateway-js-sdk")
}

func value(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}
