package gwtest_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// fixed is a back end that answers every request on a connection with the same bytes and allocates nothing for it. Requests
// must fit into one read, which those of the tests do.
func fixed(t *testing.T, response string) (addr string) {
	t.Helper()
	return script(t, func(c net.Conn) {
		_ = c.SetDeadline(time.Now().Add(time.Minute))
		request, answer := make([]byte, 64<<10), []byte(response)
		for {
			if n, err := c.Read(request); err != nil || n == 0 {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
}

// TestWireAllocBudget holds whole exchanges, from the client's bytes to the bytes that it is answered with, to their lines in
// bench/budget.txt: listener, gateway, connection to the back end and metrics.
func TestWireAllocBudget(t *testing.T) {
	if raceDetector {
		t.Skip("pools keep nothing under the race detector")
	}
	text, err := os.ReadFile("../../bench/budget.txt")
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"body": "` + "0123456789abcdef" + `"}`
	backend := fixed(t, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) {
		c.Getenv = func(name string) string {
			return map[string]string{"AWS_ENDPOINT_URL_LAMBDA": "http://" + backend, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}[name]
		}
	}})
	api, err := s.Deploy(strings.ReplaceAll(budgetDocument, "{backend}", backend), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var name string
		var most float64
		if n, _ := fmt.Sscan(line, &name, &most); n != 2 || !strings.HasPrefix(name, "wire/") {
			continue
		}
		c, err := net.Dial("tcp", s.GatewayAddr)
		if err != nil {
			t.Fatal(err)
		}
		request := fmt.Appendf(nil, "GET /v1/%s/7?q=1 HTTP/1.1\r\nHost: %s.execute-api.localhost\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n", strings.TrimPrefix(name, "wire/"), api)
		buf := make([]byte, 64<<10)
		exchange := func() {
			if _, err := c.Write(request); err != nil {
				t.Fatal(err)
			}
			if n, err := c.Read(buf); err != nil && err != io.EOF || !bytes.HasPrefix(buf[:n], []byte("HTTP/1.1 200 ")) {
				t.Fatalf("%s: got %q, %v", name, buf[:n], err)
			}
		}
		for range 50 {
			exchange() // pools and connections are there after the first ones
		}
		if got := testing.AllocsPerRun(500, exchange); got > most {
			t.Errorf("%s: got %v allocations, want at most %v", name, got, most)
		} else {
			t.Logf("%s: %v allocations", name, got)
		}
		c.Close()
	}
}

// budgetDocument has a method for each type of integration whose exchanges are bounded.
const budgetDocument = `
openapi: 3.0.1
info: {title: budget, version: "1"}
paths:
  /MOCK/{id}:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"id": "$input.params("id")"}'}}}
  /HTTP/{id}:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://{backend}/
        requestTemplates: {application/json: '{"id": "$input.params("id")"}'}
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"body": "$input.path("$.body")"}'}}}
  /HTTP_PROXY/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      x-amazon-apigateway-integration:
        {type: http_proxy, httpMethod: GET, uri: "http://{backend}/{id}", requestParameters: {integration.request.path.id: method.request.path.id}}
  /AWS_PROXY/{id}:
    get:
      x-amazon-apigateway-integration:
        {type: aws_proxy, httpMethod: POST, uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations"}
`
