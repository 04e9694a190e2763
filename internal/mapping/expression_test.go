package mapping_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

func TestExpression(t *testing.T) {
	s := &mapping.Scope{
		Body:           []byte(`{"a": {"b": "text", "n": 1.50, "l": [1, "x"], "null": null}}`),
		Path:           []mapping.Param{{"id", "a%2Fb"}},
		Query:          []mapping.Param{{"q", "1"}, {"q", "2"}},
		Header:         []mapping.Param{{"X-A", "1"}, {"X-A", "2"}, {"x-a", "3"}},
		StageVariables: []mapping.Param{{"v", "stage"}},
		Context:        exampleContext(),
	}
	s.Context.Authorizer, _ = jsonvalue.ParseString(`{"principalId": "u", "n": 5, "claims": {"sub": "s"}}`)
	response := &mapping.EndpointResponse{
		Header: []mapping.Param{{"Content-Type", "text/plain"}, {"set-cookie", "a"}, {"Set-Cookie", "b"}, {"SET-COOKIE", "c"}},
		Body:   []byte(`{"errorMessage": "bad"}`),
	}
	tests := []struct {
		text string
		want []string
	}{
		{`'a, constant'`, []string{"a, constant"}},
		{`''`, []string{""}},
		{`method.request.path.id`, []string{"a%2Fb"}},
		{`method.request.path.nope`, nil},
		{`method.request.querystring.q`, []string{"2"}},
		{`method.request.multivaluequerystring.q`, []string{"1", "2"}},
		{`method.request.header.X-A`, []string{"2"}},
		{`method.request.header.X-a`, nil},
		{`method.request.multivalueheader.X-A`, []string{"1", "2"}},
		{`method.request.body`, []string{string(s.Body)}},
		{`method.request.body.a.b`, []string{"text"}},
		{`method.request.body.a.n`, []string{"1.50"}},
		{`method.request.body.a.l`, []string{`[1,"x"]`}},
		{`method.request.body.a.l[1]`, []string{"x"}},
		{`method.request.body.a['b']`, []string{"text"}},
		{`method.request.body.a.null`, nil},
		{`method.request.body.nope`, nil},
		{`stageVariables.v`, []string{"stage"}},
		{`stageVariables.nope`, nil},
		{`context.stage`, []string{"prod"}},
		{`context.identity.sourceIp`, []string{"192.0.2.1"}},
		{`context.identity.user`, nil},
		{`context.authorizer.principalId`, []string{"u"}},
		{`context.authorizer.n`, []string{"5"}},
		{`context.authorizer.claims.sub`, []string{"s"}},
		{`context.authorizer.claims`, nil},
		{`context.requestTimeEpoch`, []string{"1704164645006"}},
		{`context.nope`, nil},
		{`integration.response.header.Content-Type`, []string{"text/plain"}},
		{`integration.response.header.content-type`, []string{"text/plain"}},
		{`integration.response.header.Set-Cookie`, []string{"b"}},
		{`integration.response.multivalueheader.Set-Cookie`, []string{"a", "b", "c"}},
		{`integration.response.header.nope`, nil},
		{`integration.response.body`, []string{`{"errorMessage": "bad"}`}},
		{`integration.response.body.errorMessage`, []string{"bad"}},
	}
	for _, tt := range tests {
		e, err := mapping.CompileExpression(tt.text)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := e.AppendValues(nil, s, response)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.text, err, diff)
		}
		if e.Static() != (tt.text[0] == '\'') || e.String() != tt.text {
			t.Errorf("%s: static %v, text %s", tt.text, e.Static(), e)
		}
	}

	s.FoldNames = true
	e, _ := mapping.CompileExpression(`method.request.header.X-a`)
	if got, _ := e.AppendValues(nil, s, nil); !cmp.Equal(got, []string{"3"}) {
		t.Errorf("a header without case: got %v", got)
	}
	e, _ = mapping.CompileExpression(`integration.response.body`)
	if got, _ := e.AppendValues(nil, s, nil); got != nil {
		t.Errorf("on the request side there is no endpoint response: got %v", got)
	}
}

// A body is parsed again when it is another, though the scope is the same.
func TestExpressionBodies(t *testing.T) {
	e, err := mapping.CompileExpression("method.request.body.a")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		body string
		want []string
		err  error
	}{
		{`{"a": 1}`, []string{"1"}, nil},
		{`{"a": 2}`, []string{"2"}, nil},
		{``, nil, nil},
		{`name=x`, nil, nil},
		{` {"a"`, nil, mapping.ErrInvalidJSON},
	}
	s := &mapping.Scope{Context: &mapping.Context{}}
	for _, tt := range tests {
		s.Body = []byte(tt.body)
		for range 2 {
			got, err := e.AppendValues(nil, s, nil)
			if !cmp.Equal(got, tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("%s: got %v, %v, want %v, %v", tt.body, got, err, tt.want, tt.err)
			}
		}
	}
	whole, _ := mapping.CompileExpression("method.request.body")
	s.Body = nil
	if got, _ := whole.AppendValues(nil, s, nil); !cmp.Equal(got, []string{"{}"}) {
		t.Errorf("no body: got %v, want {}", got)
	}
}

func TestExpressionError(t *testing.T) {
	for _, text := range []string{
		"", "'", "x", "method.request.header.", "method.request.cookie.x", "context.", "stageVariables",
		"method.request.body.a[", "integration.response.status", "method.request.bodyx",
	} {
		if e, err := mapping.CompileExpression(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, e)
		}
	}
}

func TestSimple(t *testing.T) {
	s := &mapping.Scope{
		Path:           []mapping.Param{{"id", "42"}},
		Query:          []mapping.Param{{"q", "x"}},
		Header:         []mapping.Param{{"X-A", "h"}},
		StageVariables: []mapping.Param{{"v", "stage"}},
		Context:        exampleContext(),
	}
	s.Context.Error = mapping.Error{Message: "no", MessageString: `"no"`, ResponseType: "ACCESS_DENIED"}
	tests := []struct{ source, want string }{
		{`{"message":$context.error.messageString}`, `{"message":"no"}`},
		{`$context.error.responseType. ${context.stage}x$context.nope|`, `ACCESS_DENIED. prodx|`},
		{`$stageVariables.v $method.request.path.id method.request.querystring.q ${method.request.header.X-A}`, `stage 42 x h`},
		{`#set($x = 1)$x $util.urlEncode('a') $input.body $ ${context.stage $context. context.stage`,
			`#set($x = 1)$x $util.urlEncode('a') $input.body $ ${context.stage $context. context.stage`},
		{``, ``},
	}
	for _, tt := range tests {
		template, err := mapping.CompileSimple(tt.source)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := string(template.Render(nil, s)); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.source, got, tt.want)
		}
	}
}
