package restjson_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// TestPermit: a call that is not permitted does nothing and takes no token; the refusal comes before what is wrong
// with the input, and for operations that are not implemented, too.
func TestPermit(t *testing.T) {
	denied := apigw.AccessDenied("no")
	tests := []struct {
		name, request, body string
		permit              error
		status              int
		kind, message       string
		called              bool
	}{
		{"permitted", "POST /restapis", `{"name": "a"}`, nil, 201, "", "", true},
		{"denied", "POST /restapis", `{"name": "a"}`, denied, 403, "AccessDeniedException", `{"Message":"no"}`, false},
		{"denied, with a broken body", "POST /restapis", `{"name": `, denied, 403, "AccessDeniedException", `{"Message":"no"}`, false},
		{"permitted, with a broken body", "POST /restapis", `{"name": [1]}`, nil, 400, "SerializationException", "", false},
		{"denied, not implemented", "GET /restapis", "", denied, 403, "AccessDeniedException", `{"Message":"no"}`, false},
		{"permitted, not implemented", "GET /restapis", "", nil, 501, "NotImplementedException", "", false},
		{"wrapped", "POST /restapis", "{}", wrapped{denied}, 403, "AccessDeniedException", `{"Message":"no"}`, false},
		{"failed", "POST /restapis", "{}", errors.New("the disk is gone"), 500, "InternalFailure", `{"message":"Internal failure"}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asked, called := 0, false
			m := newMux(restjson.Config{
				Throttle: restjson.NewThrottle(restjson.Rates{"CreateRestApi": {PerSecond: 1, Burst: 1}}, func() time.Time { return time.Unix(0, 0) }),
				Permit: func(_ context.Context, caller restjson.Caller, call *restjson.Call) error {
					if asked++; caller.AccountID == "" || call.Operation == nil || call.Request == nil {
						t.Errorf("got caller %+v and call %+v", caller, call)
					}
					if asked > 1 {
						return nil
					}
					return tt.permit
				},
			})
			restjson.Bind(m, apigw.CreateRestApi, func(context.Context, *apigw.CreateRestApiRequest) (*apigw.RestApi, error) {
				called = true
				return &apigw.RestApi{}, nil
			})
			r := do(t, m, tt.request, tt.body)
			body := text(t, r)
			if r.StatusCode != tt.status || written(r, "x-amzn-ErrorType") != tt.kind || tt.message != "" && body != tt.message || called != tt.called {
				t.Errorf("got %d %s %s, called %t", r.StatusCode, written(r, "x-amzn-ErrorType"), body, called)
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			if tt.permit != nil {
				if again := do(t, m, "POST /restapis", `{"name": "b"}`); again.StatusCode != http.StatusCreated {
					t.Errorf("a call after one that was denied: got %d; it took a token", again.StatusCode)
				}
			}
		})
	}
}

// wrapped is an error with a reason that the client is not told.
type wrapped struct{ error }

func (w wrapped) Unwrap() error { return w.error }

// TestCallInput: who permits sees the input that the operation gets, or none where that is wrong, and the labels
// of the path decoded.
func TestCallInput(t *testing.T) {
	var seen any
	var labels map[string]string
	var caller any
	m := newMux(restjson.Config{Permit: func(_ context.Context, c restjson.Caller, call *restjson.Call) error {
		seen, labels, caller = call.Input(), call.Labels, c.Owner
		return nil
	}})
	var got *apigw.CreateStageRequest
	restjson.Bind(m, apigw.CreateStage, func(_ context.Context, in *apigw.CreateStageRequest) (*apigw.Stage, error) {
		got = in
		return &apigw.Stage{}, nil
	})
	do(t, m, "POST /restapis/a%2Fb/stages", `{"stageName": "dev", "deploymentId": "d"}`)
	if got == nil || seen != any(got) {
		t.Errorf("the operation got %+v, who permits saw %+v", got, seen)
	}
	if labels["restapi_id"] != "a/b" || caller != nil {
		t.Errorf("got labels %v and owner %v", labels, caller)
	}
	do(t, m, "POST /restapis/a/stages", `{"stageName": 1, "deploymentId": []}`)
	if seen != nil {
		t.Errorf("of a wrong input: got %+v", seen)
	}
	do(t, m, "GET /restapis", "")
	if seen != nil {
		t.Errorf("of an operation that is not implemented: got %+v", seen)
	}
}
