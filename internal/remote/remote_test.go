package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/remote"
)

// answering returns a client of a server that answers every request alike.
func answering(t *testing.T, answer http.HandlerFunc) *remote.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &remote.Client{URL: server.URL, Region: "eu-west-1"}
}

func TestRequests(t *testing.T) {
	var got *http.Request
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = fmt.Fprint(w, `{"id":"d1"}`)
	})
	ctx := context.Background()
	if id, err := c.Deploy(ctx, "a b", "prod", "", nil); err != nil || id != "d1" {
		t.Fatal(id, err)
	}
	if got.Method != "POST" || got.RequestURI != "/restapis/a%20b/deployments" || got.Header.Get("Authorization") != "" {
		t.Errorf("got %s %s %v", got.Method, got.RequestURI, got.Header)
	}
	c.Credentials = aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "token"}
	if _, err := c.Import(ctx, remote.Import{Document: []byte("{}"), BasePath: "split", EndpointType: "REGIONAL", FailOnWarnings: true, IgnoreDocumentation: true}); err != nil {
		t.Fatal(err)
	}
	want := url.Values{"mode": {"import"}, "basepath": {"split"}, "endpointConfigurationTypes": {"REGIONAL"}, "failonwarnings": {"true"}, "ignore": {"documentation"}}
	if diff := cmp.Diff(want, got.URL.Query()); diff != "" {
		t.Errorf("query (-want +got):\n%s", diff)
	}
	if auth := got.Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKID/") || !strings.Contains(auth, "/eu-west-1/apigateway/aws4_request") || got.Header.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("signature %s", auth)
	}
	for mode, overwrite := range map[string]bool{"merge": false, "overwrite": true} {
		if _, err := c.Import(ctx, remote.Import{APIID: "x", Overwrite: overwrite}); err != nil || got.Method != "PUT" || got.URL.Query().Get("mode") != mode {
			t.Errorf("%s: got %s %s, %v", mode, got.Method, got.RequestURI, err)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		status           int
		kind, body       string
		want, wantInHint string
	}{
		{404, "NotFoundException:http://x", `{"message":"gone"}`, "status 404: NotFoundException: gone", ""},
		{403, "UnrecognizedClientException", `{"message":"who?"}`, "status 403: UnrecognizedClientException: who?", "sluice key create"},
		{501, "NotImplementedException", `{"message":"not here"}`, "not here", "docs/operations.md"},
		{502, "", "<html>", "status 502: <html>", ""},
		{400, "SerializationException", `{"Message":"large"}`, "large", ""},
		{200, "", "[", "read the answer of the control plane", ""},
	}
	for _, tt := range tests {
		c := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-ErrorType", tt.kind)
			w.WriteHeader(tt.status)
			_, _ = fmt.Fprint(w, tt.body)
		})
		_, err := c.RestAPIs(context.Background())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d %s: got %v, want %s", tt.status, tt.body, err, tt.want)
		}
		var refused *remote.Error
		if errors.As(err, &refused) && (refused.Hint() == "") != (tt.wantInHint == "") || refused != nil && !strings.Contains(refused.Hint(), tt.wantInHint) {
			t.Errorf("%d %s: got the hint %q", tt.status, tt.kind, refused.Hint())
		}
	}
	var nobody *remote.UnreachableError
	if _, err := (&remote.Client{URL: "http://127.0.0.1:1"}).RestAPIs(context.Background()); !errors.As(err, &nobody) || errors.Unwrap(nobody) == nil {
		t.Errorf("nobody there: got %v", err)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := (&remote.Client{URL: "http://127.0.0.1:1"}).RestAPIs(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: got %v", err)
	}
}

func TestChoices(t *testing.T) {
	pages := map[string]string{
		"":   `{"item":[{"id":"one","name":"first","createdDate":1700000000},{"id":"two","name":"both"}],"position":"p2"}`,
		"p2": `{"item":[{"id":"three","name":"both"},{"id":"first","name":"id wins"}]}`,
	}
	c := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/stages") {
			_, _ = fmt.Fprint(w, `{"item":[{"stageName":"prod","lastUpdatedDate":1700000000.5}]}`)
			return
		}
		_, _ = fmt.Fprint(w, pages[r.URL.Query().Get("position")])
	})
	ctx := context.Background()
	tests := []struct{ name, want string }{
		{"one", "one"}, {"id wins", "first"}, {"first", "first"},
		{"both", `more than one API has the name "both" | use an id: two, three`},
		{"none", `there is no API "none" | there is one (first), two (both), three (both), first (id wins)`},
	}
	for _, tt := range tests {
		api, err := c.RestAPI(ctx, tt.name)
		var choice *remote.ChoiceError
		got := ""
		switch {
		case errors.As(err, &choice):
			got = err.Error() + " | " + choice.Hint()
		case err != nil:
			t.Fatal(err)
		default:
			got = *api.Id
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	stage, err := c.Stage(ctx, "one", "prod")
	if err != nil || stage.LastUpdatedDate.UnixMilli() != 1700000000500 {
		t.Errorf("got %v, %v", stage, err)
	}
	if _, err := c.Stage(ctx, "one", "test"); err == nil || err.Error() != `there is no stage "test"` {
		t.Errorf("got %v", err)
	}
}

// TestWorkingCopy reads APIs of the corpus as they would be deployed and compares that with the export of their deployment:
// there is no difference until something is changed.
func TestWorkingCopy(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{})
	c := &remote.Client{URL: s.ControlURL, Region: s.Region}
	files, err := filepath.Glob("../../conformance/openapi/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			if section.Name != "document" {
				continue
			}
			imported, err := c.Import(t.Context(), remote.Import{Document: section.Data, EndpointType: "REGIONAL"})
			if err != nil {
				continue
			}
			if _, err := c.Deploy(t.Context(), imported.ID, "v", "", nil); err == nil {
				compared++
				if changes := changes(t, c, imported.ID); len(changes) > 0 {
					t.Errorf("%s: got changes %+v", filepath.Base(file), changes)
				}
				changed := []byte(`{"openapi":"3.0.1","info":{"title":"Changed","version":"x"},"paths":{"/added":{"get":{"responses":{},"x-amazon-apigateway-integration":{"type":"mock"}}}}}`)
				if _, err := c.Import(t.Context(), remote.Import{Document: changed, APIID: imported.ID}); err != nil {
					t.Fatal(err)
				}
				if got := changes(t, c, imported.ID); len(got) != 2 || got[0].What != "API" || got[1].What != "GET /added" {
					t.Errorf("%s: after a change: got %+v", filepath.Base(file), got)
				}
			}
			if err := c.Call(t.Context(), http.MethodDelete, "/restapis/"+imported.ID, nil, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	if compared < 20 {
		t.Errorf("only %d documents were compared", compared)
	}
}

// changes compares the stage v of an API with the API.
func changes(t *testing.T, c *remote.Client, id string) []openapi.Change {
	t.Helper()
	api, err := c.RestAPI(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	served, err := c.Export(t.Context(), id, "v", "oas30", "apigateway", "application/json")
	if err != nil {
		t.Fatal(err)
	}
	stage, err := c.Stage(t.Context(), id, "v")
	if err != nil {
		t.Fatal(err)
	}
	deployment, err := c.Deployment(t.Context(), id, *stage.DeploymentId)
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := c.WorkingCopy(t.Context(), api)
	if err != nil {
		t.Fatal(err)
	}
	frozen.CreatedDate = deployment.CreatedDate.Time
	next, err := openapi.Export(frozen, openapi.ExportOptions{Format: openapi.FormatOpenAPI, Stage: "v", Integrations: true, Authorizers: true})
	if err != nil {
		t.Fatal(err)
	}
	found, err := openapi.Diff(served, next.Text)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
