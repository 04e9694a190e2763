package gwtest_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

// TestFoldHeaderNames holds that the names of headers lose their case where the installation says so, and keep it elsewhere.
func TestFoldHeaderNames(t *testing.T) {
	for fold, want := range map[bool]string{false: "[]", true: "[in]"} {
		s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.FoldHeaderNames = fold }})
		api, err := s.Deploy(document(`{"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
			"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "[$input.params('X-In')]"}}}}`), "v1", "")
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", s.GatewayAddr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := fmt.Fprintf(c, "GET /_aws/execute-api/%s/v1/x HTTP/1.1\r\nHost: x\r\nx-in: in\r\n\r\n", api); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != want {
			t.Errorf("fold %t: got %s, error %v, want %s", fold, body, err, want)
		}
	}
}
