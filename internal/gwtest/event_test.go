package gwtest_test

import (
	"encoding/json"
	"io"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/sluice-gateway/sluice/internal/gwtest"
)

// TestIdentifiersAreOneEverywhere holds that a function sees the identifiers that the response has in its headers.
func TestIdentifiersAreOneEverywhere(t *testing.T) {
	fake := gwtest.NewLambda(t)
	fake.Function("f", func(*gwtest.Invocation, io.Writer) ([]byte, error) { return []byte("{}"), nil })
	s := gwtest.Start(t, withLambda(fake))
	api, err := s.Deploy(document(`{"type": "aws_proxy", "httpMethod": "POST",
		"uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}`), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	resp := get(t, s, api)
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(fake.TakeInvocations()[0].Event, &event); err != nil {
		t.Fatal(err)
	}
	for name, seen := range map[string]string{
		"x-amzn-RequestId": event.RequestContext.RequestID, "x-amz-apigw-id": event.RequestContext.ExtendedRequestID,
	} {
		if got := resp.Header.Get(name); got == "" || got != seen {
			t.Errorf("%s: the response has %q, the event %q", name, got, seen)
		}
	}
}
