package restjson_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

func TestListener(t *testing.T) {
	server := httptest.NewUnstartedServer(newMux(restjson.Config{}))
	server.Config.MaxHeaderBytes = 4096
	server.Listener = restjson.Listener(server.Listener)
	server.Start()
	defer server.Close()
	tests := []struct{ name, request, want string }{
		{"escape", "GET /restapis/%zz HTTP/1.1\r\nHost: x\r\n\r\n", `400 BadRequestException {"message":"Bad Request"}`},
		{"no request", "nonsense\r\n\r\n", `400 BadRequestException {"message":"Bad Request"}`},
		{"header", "GET / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("x", 16384) + "\r\n\r\n",
			`431 BadRequestException {"message":"Request Header Fields Too Large"}`},
		{"fine", "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", `403 MissingAuthenticationTokenException {"message":"Missing Authentication Token"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := net.Dial("tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			go func() { _, _ = io.WriteString(c, tt.request) }()
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%d %s %s", r.StatusCode, r.Header.Get("x-amzn-ErrorType"), body); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if r.Header.Get("x-amzn-RequestId") == "" || r.Header.Get("x-amz-apigw-id") == "" {
				t.Errorf("got headers %v, want ids of the request", r.Header)
			}
		})
	}
}
