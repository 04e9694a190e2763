package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
)

// testServer is a control plane over a memory store, spoken to over HTTP. Its clock advances by a
// second with each look.
type testServer struct {
	t       *testing.T
	url     string
	sdk     *apigateway.Client
	control *Control
	store   store.Store
	applied atomic.Int64 // calls of Config.Applied
}

func newTestServer(t *testing.T) *testServer {
	t.Helper()
	s := &testServer{t: t, store: memstore.New()}
	var ticks atomic.Int64
	s.control = New(Config{
		Store: s.store,
		Clock: func() time.Time { return time.Unix(1700000000+ticks.Add(1), 0).UTC() },
		Applied: func(context.Context, store.Revision) error {
			s.applied.Add(1)
			return nil
		},
	})
	mux := restjson.NewMux(restjson.Config{Authenticator: restjson.Open{AccountID: "123456789012", Region: "eu-west-1"}})
	s.control.Bind(mux)
	t.Cleanup(func() { s.store.Close() })
	s.serve(mux)
	s.sdk = apigateway.New(apigateway.Options{
		BaseEndpoint: &s.url,
		Region:       "eu-west-1",
		Credentials:  credentials.NewStaticCredentialsProvider("123456789012", "secret", ""),
		Retryer:      aws.NopRetryer{},
	})
	return s
}

// serve makes raw requests go to mux.
func (s *testServer) serve(mux http.Handler) {
	server := httptest.NewServer(mux)
	s.t.Cleanup(server.Close)
	s.url = server.URL
}

// answer is what came back for a raw request.
type answer struct {
	status int
	kind   string // of an error
	body   map[string]any
}

// do sends a raw, unsigned request. It is
// "METHOD /path" and, if there is one, a blank and the body.
func (s *testServer) do(request string) answer {
	s.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(r)
}

// send sends a request.
func (s *testServer) send(r *http.Request) answer {
	s.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, kind: response.Header.Get("x-amzn-ErrorType")}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			s.t.Fatalf("%s %s: answer is no JSON object: %s", r.Method, r.URL, text)
		}
	}
	return a
}

// must is do for a request that must succeed.
func (s *testServer) must(request string) map[string]any {
	s.t.Helper()
	a := s.do(request)
	if a.status >= 300 {
		s.t.Fatalf("%s: got %s", request, a)
	}
	return a.body
}

// String returns the answer as the tests write it: status, type and message of an error, else
// status and body.
func (a answer) String() string {
	if a.kind == "" {
		text, _ := json.Marshal(a.body)
		return fmt.Sprintf("%d %s", a.status, text)
	}
	message, _ := a.body["message"].(string)
	if capital, ok := a.body["Message"].(string); ok {
		message = capital
	}
	return fmt.Sprintf("%d %s: %s", a.status, a.kind, message)
}

// api creates an API and returns its id and that of its root resource.
func (s *testServer) api() (id, root string) {
	s.t.Helper()
	created := s.must(`POST /restapis {"name":"test"}`)
	return created["id"].(string), created["rootResourceId"].(string)
}

// resource creates a resource and returns its id.
func (s *testServer) resource(api, parent, part string) string {
	s.t.Helper()
	return s.must(fmt.Sprintf("POST /restapis/%s/resources/%s {\"pathPart\":%q}", api, parent, part))["id"].(string)
}

// exchange is a request and the answer that it must get. {name} in either stands for vars.
type exchange struct{ request, want string }

// run sends the exchanges in order and compares the answers: errors as text, bodies as JSON, and a want that
// ends in "..." by its beginning.
func (s *testServer) run(vars map[string]string, exchanges []exchange) {
	s.t.Helper()
	replace := func(text string) string {
		for name, value := range vars {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	for _, x := range exchanges {
		request, want := replace(x.request), replace(x.want)
		a := s.do(request)
		got := a.String()
		if prefix, ok := strings.CutSuffix(want, "..."); ok && strings.HasPrefix(got, prefix) {
			continue
		}
		if status, body, ok := strings.Cut(want, " "); ok && strings.HasPrefix(body, "{") && a.kind == "" {
			var wanted map[string]any
			if err := json.Unmarshal([]byte(body), &wanted); err != nil {
				s.t.Fatalf("%s: cannot read the wanted body %s: %v", request, body, err)
			}
			if diff := cmp.Diff(wanted, a.body); diff != "" || fmt.Sprint(a.status) != status {
				s.t.Errorf("%s\ngot status %d, body (-want +got):\n%s", request, a.status, diff)
			}
			continue
		}
		if got != want {
			s.t.Errorf("%s\n got %s\nwant %s", request, got, want)
		}
	}
}
