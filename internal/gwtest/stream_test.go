package gwtest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// withLambda makes a server call the fake.
func withLambda(fake *gwtest.Lambda) gwtest.Config {
	return gwtest.Config{Change: func(c *server.Config) {
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL_LAMBDA": fake.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}[name]
		}
	}}
}

// document returns an API with one method GET /x.
func document(integration string) string {
	return `{"openapi": "3.0.1", "info": {"title": "stream", "version": "1"}, "paths": {"/x": {"get": {
		"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": ` + integration + `}}}}`
}

const streamingFunction = `{"type": "aws_proxy", "httpMethod": "POST", "responseTransferMode": "STREAM", "timeoutInMillis": 900000,
	"uri": "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:000000000000:function:f/response-streaming-invocations"}`

// get calls GET /x of an API and returns the answer with its body still to come.
func get(t *testing.T, s *gwtest.Server, api string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", s.GatewayURL+"/_aws/execute-api/"+api+"/v1/x", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// The client has the head and each piece of a function's response before the function writes the next.
func TestFunctionStreams(t *testing.T) {
	fake := gwtest.NewLambda(t)
	next := make(chan string)
	fake.Function("f", func(_ *gwtest.Invocation, w io.Writer) ([]byte, error) {
		for piece := range next {
			if piece == "fail" {
				return nil, &gwtest.FunctionError{Type: "Runtime.Error", Message: "no"}
			}
			if _, err := io.WriteString(w, piece); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	s := gwtest.Start(t, withLambda(fake))
	api, err := s.Deploy(document(streamingFunction), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	go func() { next <- `{"statusCode":202}` + strings.Repeat("\x00", 8) }()
	resp := get(t, s, api)
	if resp.StatusCode != 202 || len(resp.TransferEncoding) != 1 {
		t.Fatalf("got %d, transfer coding %v", resp.StatusCode, resp.TransferEncoding)
	}
	buf := make([]byte, 100)
	for _, piece := range []string{"one", "two"} {
		next <- piece
		if n, err := resp.Body.Read(buf); err != nil || string(buf[:n]) != piece {
			t.Errorf("got %q, %v, want %q", buf[:n], err, piece)
		}
	}
	next <- "fail" // the client must see that this is not all
	if rest, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v, want a broken body", rest, err)
	}
}

// The client of an HTTP_PROXY integration has the head and each piece before the back end writes the next.
func TestProxyStreams(t *testing.T) {
	next := make(chan string)
	addr := script(t, func(c net.Conn) {
		for piece := range next {
			if _, err := io.WriteString(c, piece); err != nil {
				return
			}
		}
	})
	s := gwtest.Start(t, gwtest.Config{})
	api, err := s.Deploy(document(`{"type": "http_proxy", "httpMethod": "GET", "responseTransferMode": "STREAM", "uri": "http://`+addr+`/"}`), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	go func() { next <- "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n" }()
	resp := get(t, s, api)
	if resp.StatusCode != 202 {
		t.Fatalf("got %d", resp.StatusCode)
	}
	buf := make([]byte, 100)
	for _, piece := range []string{"one", "two"} {
		next <- fmt.Sprintf("%x\r\n%s\r\n", len(piece), piece)
		if n, err := resp.Body.Read(buf); err != nil || string(buf[:n]) != piece {
			t.Errorf("got %q, %v, want %q", buf[:n], err, piece)
		}
	}
	next <- "0\r\n\r\n"
	close(next)
	if rest, err := io.ReadAll(resp.Body); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v, want the end", rest, err)
	}
}

// A back end that breaks off leaves the client with a broken body, whatever its framing.
func TestProxyStreamBreaksOff(t *testing.T) {
	backend := gwtest.NewBackend(t)
	s := gwtest.Start(t, gwtest.Config{})
	api, err := s.Deploy(document(`{"type": "http_proxy", "httpMethod": "GET", "responseTransferMode": "STREAM", "uri": "http://`+backend.Addr+`/"}`), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	for name, head := range map[string]string{"chunked": "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "length": "Content-Length: 9\r\n\r\nhello"} {
		backend.Answer(gwtest.Answer{Raw: []byte("HTTP/1.1 200 OK\r\n" + head)})
		resp := get(t, s, api)
		if text, err := io.ReadAll(resp.Body); string(text) != "hello" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: got %q, %v", name, text, err)
		}
	}
}

// A client that goes away makes the gateway close its connection to the back end.
func TestProxyStreamClientGone(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	gone := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err != nil {
			gone <- err
			return
		}
		defer c.Close()
		_, _ = http.ReadRequest(bufio.NewReader(c))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		_, err = c.Read(make([]byte, 1))
		gone <- err
	}()
	s := gwtest.Start(t, gwtest.Config{})
	api, err := s.Deploy(document(`{"type": "http_proxy", "httpMethod": "GET", "responseTransferMode": "STREAM", "uri": "http://`+ln.Addr().String()+`/"}`), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	get(t, s, api).Body.Close()
	if err := <-gone; err != io.EOF {
		t.Errorf("the back end sees %v, want EOF", err)
	}
}

// What a function is called with besides the event.
func TestInvocation(t *testing.T) {
	fake := gwtest.NewLambda(t)
	fake.Function("f", func(*gwtest.Invocation, io.Writer) ([]byte, error) { return []byte("{}"), nil })
	s := gwtest.Start(t, withLambda(fake))
	const uri = `"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:000000000000:function:f:live/invocations"`
	tests := []struct{ name, integration, kind string }{
		{"proxy", `{"type": "aws_proxy", "httpMethod": "POST", "uri": ` + uri + `}`, "RequestResponse"},
		{"custom", `{"type": "aws", "httpMethod": "POST", "uri": ` + uri + `, "responses": {"default": {"statusCode": "200"}}}`, "RequestResponse"},
		{"asynchronous", `{"type": "aws", "httpMethod": "POST", "uri": ` + uri + `, "responses": {"default": {"statusCode": "200"}},
			"requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}}`, "Event"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, err := s.Deploy(document(tt.integration), "v1", "")
			if err != nil {
				t.Fatal(err)
			}
			if resp := get(t, s, api); resp.StatusCode != 200 {
				t.Fatalf("got %d", resp.StatusCode)
			}
			inv := fake.TakeInvocations()[0]
			if inv.Function != "f" || inv.Qualifier != "live" || inv.Type != tt.kind {
				t.Errorf("got %s:%s, %s", inv.Function, inv.Qualifier, inv.Type)
			}
			for name, want := range map[string]string{
				"X-Amz-Source-Arn":         "arn:aws:execute-api:us-east-1:000000000000:" + api + "/v1/GET/x",
				"X-Amzn-Apigateway-Api-Id": api, "Accept": "application/json", "User-Agent": "AmazonAPIGateway_" + api, "Content-Type": "application/json",
			} {
				if got := inv.Headers.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			for _, name := range []string{"X-Amzn-Lambda-Integration-Tag", "X-Amzn-Trace-Id", "X-Amz-Date"} {
				if inv.Headers.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
			if scope := "/eu-west-1/lambda/aws4_request,"; !strings.Contains(inv.Headers.Get("Authorization"), scope) {
				t.Errorf("Authorization: got %q, want a signature for %s", inv.Headers.Get("Authorization"), scope)
			}
		})
	}
}
