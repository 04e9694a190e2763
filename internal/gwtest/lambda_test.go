package gwtest_test

import (
	"errors"
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/gwtest"
)

// newLambda starts a fake and a client of the official SDK.
func newLambda(t *testing.T) (*gwtest.Lambda, *lambda.Client) {
	t.Helper()
	fake := gwtest.NewLambda(t)
	client := lambda.New(lambda.Options{
		BaseEndpoint: &fake.URL, Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
	})
	return fake, client
}

// The official client understands the fake: what it is called with and what it answers.
func TestLambdaInvoke(t *testing.T) {
	fake, client := newLambda(t)
	fake.Function("echo", func(inv *gwtest.Invocation, _ io.Writer) ([]byte, error) { return inv.Event, nil })
	fake.Function("fails", func(*gwtest.Invocation, io.Writer) ([]byte, error) {
		return nil, &gwtest.FunctionError{Type: "ValueError", Message: "no"}
	})
	fake.Alias("echo", "live", "7")
	const arn = "arn:aws:lambda:eu-west-1:000000000000:function:"
	tests := []struct {
		name string
		in   lambda.InvokeInput
		want lambda.InvokeOutput
		inv  gwtest.Invocation // the fields that are compared
	}{
		{"name", lambda.InvokeInput{FunctionName: new("echo"), Payload: []byte(`{"a":1}`)},
			lambda.InvokeOutput{StatusCode: 200, ExecutedVersion: new("$LATEST"), Payload: []byte(`{"a":1}`)},
			gwtest.Invocation{Function: "echo", Type: "RequestResponse"}},
		{"ARN and alias, with the log", lambda.InvokeInput{FunctionName: new(arn + "echo:live"), LogType: types.LogTypeTail, Payload: []byte(`1`)},
			lambda.InvokeOutput{StatusCode: 200, ExecutedVersion: new("7"), Payload: []byte(`1`), LogResult: new("U1RBUlQKRU5ECg==")},
			gwtest.Invocation{Function: "echo", Qualifier: "live", Type: "RequestResponse"}},
		{"qualifier", lambda.InvokeInput{FunctionName: new(arn + "echo"), Qualifier: new("3"), Payload: []byte(`1`)},
			lambda.InvokeOutput{StatusCode: 200, ExecutedVersion: new("3"), Payload: []byte(`1`)},
			gwtest.Invocation{Function: "echo", Qualifier: "3", Type: "RequestResponse"}},
		{"asynchronous", lambda.InvokeInput{FunctionName: new("echo"), InvocationType: types.InvocationTypeEvent, Payload: []byte(`1`)},
			lambda.InvokeOutput{StatusCode: 202, ExecutedVersion: new("$LATEST"), Payload: []byte{}},
			gwtest.Invocation{Function: "echo", Type: "Event"}},
		{"dry run", lambda.InvokeInput{FunctionName: new("echo"), InvocationType: types.InvocationTypeDryRun},
			lambda.InvokeOutput{StatusCode: 204, ExecutedVersion: new("$LATEST"), Payload: []byte{}},
			gwtest.Invocation{Function: "echo", Type: "DryRun"}},
		{"function error", lambda.InvokeInput{FunctionName: new("fails"), Payload: []byte(`1`)},
			lambda.InvokeOutput{StatusCode: 200, ExecutedVersion: new("$LATEST"), FunctionError: new("Unhandled"),
				Payload: []byte(`{"errorMessage":"no","errorType":"ValueError","requestId":"","stackTrace":[]}`)},
			gwtest.Invocation{Function: "fails", Type: "RequestResponse"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := client.Invoke(t.Context(), &tt.in)
			if err != nil {
				t.Fatal(err)
			}
			compared := func(o *lambda.InvokeOutput) []any {
				return []any{o.StatusCode, aws.ToString(o.ExecutedVersion), aws.ToString(o.FunctionError), aws.ToString(o.LogResult), string(o.Payload)}
			}
			if diff := cmp.Diff(compared(&tt.want), compared(got)); diff != "" {
				t.Errorf("answer differs (-want +got):\n%s", diff)
			}
			inv := fake.TakeInvocations()[0]
			if inv.Function != tt.inv.Function || inv.Qualifier != tt.inv.Qualifier || inv.Type != tt.inv.Type {
				t.Errorf("got %+v, want %+v", inv, tt.inv)
			}
		})
	}
}

func TestLambdaRefuses(t *testing.T) {
	fake, client := newLambda(t)
	fake.Function("throttled", func(*gwtest.Invocation, io.Writer) ([]byte, error) {
		return nil, &gwtest.ServiceError{Status: 429, Type: "TooManyRequestsException", Message: "Rate Exceeded."}
	})
	var missing *types.ResourceNotFoundException
	if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("none")}); !errors.As(err, &missing) {
		t.Errorf("got %v, want ResourceNotFoundException", err)
	}
	var content *types.InvalidRequestContentException
	if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("none"), Payload: []byte("{")}); !errors.As(err, &content) {
		t.Errorf("got %v, want InvalidRequestContentException", err)
	}
	var large *types.RequestTooLargeException
	if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("none"), Payload: make([]byte, 7<<20)}); !errors.As(err, &large) {
		t.Errorf("got %v, want RequestTooLargeException", err)
	}
	var throttled *types.TooManyRequestsException
	if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: new("throttled")}); !errors.As(err, &throttled) {
		t.Errorf("got %v, want TooManyRequestsException", err)
	}
}

func TestLambdaStream(t *testing.T) {
	fake, client := newLambda(t)
	fake.Function("counts", func(inv *gwtest.Invocation, w io.Writer) ([]byte, error) {
		_, err := io.WriteString(w, "one")
		return []byte("two"), err
	})
	fake.Function("fails", func(_ *gwtest.Invocation, w io.Writer) ([]byte, error) {
		_, _ = io.WriteString(w, "one")
		return nil, &gwtest.FunctionError{Type: "Runtime.Broken", Message: "no"}
	})
	for name, want := range map[string][]string{"counts": {"one", "two", "complete"}, "fails": {"one", "Runtime.Broken no complete"}} {
		out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{FunctionName: &name, Payload: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for event := range out.GetStream().Events() {
			switch event := event.(type) {
			case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
				got = append(got, string(event.Value.Payload))
			case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
				text := aws.ToString(event.Value.ErrorCode)
				if text != "" {
					text += " " + aws.ToString(event.Value.ErrorDetails) + " "
				}
				got = append(got, text+"complete")
			}
		}
		if err := out.GetStream().Err(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
