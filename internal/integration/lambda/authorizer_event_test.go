package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/integration/lambda"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

const methodARN = "arn:aws:execute-api:eu-west-1:111122223333:api1/v1/POST/pets/7"

// The official types of handlers decode the events.
func TestAuthorizerTokenEvent(t *testing.T) {
	text := lambda.AppendAuthorizerToken([]byte("x"), `Bearer "a`, methodARN)
	if got, want := string(text), `x{"type":"TOKEN","methodArn":"`+methodARN+`","authorizationToken":"Bearer \"a"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var got events.APIGatewayCustomAuthorizerRequest
	if err := json.Unmarshal(text[1:], &got); err != nil {
		t.Fatal(err)
	}
	want := events.APIGatewayCustomAuthorizerRequest{Type: "TOKEN", AuthorizationToken: `Bearer "a`, MethodArn: methodARN}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event differs (-want +got):\n%s", diff)
	}
}

// The REQUEST event is the proxy event with its type and the ARN before it, and without the body.
func TestAuthorizerRequestEvent(t *testing.T) {
	want := `{"type":"REQUEST","methodArn":"` + methodARN + `",` + strings.TrimPrefix(sampleText, "{")
	want = want[:strings.Index(want, `,"body":`)] + "}"
	text := sample().AppendAuthorizerRequest(nil, methodARN)
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("event differs (-want +got):\n%s", diff)
	}
	var got events.APIGatewayCustomAuthorizerRequestTypeRequest
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.PathParameters["proxy"] != "pets/7" || got.RequestContext.RequestID != "r-1" || got.MultiValueHeaders["X-A"][1] != `3"` {
		t.Errorf("got %+v", got)
	}
}

// What a request does not have is an empty object.
func TestAuthorizerRequestEventWithoutAnything(t *testing.T) {
	e := sample()
	e.Headers, e.Query, e.PathParameters, e.StageVariables = nil, nil, nil, nil
	doc, err := jsonvalue.Parse(e.AppendAuthorizerRequest(nil, methodARN))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"} {
		if got := doc.Get(name).String(); got != "{}" {
			t.Errorf("%s: got %s, want {}", name, got)
		}
	}
}
