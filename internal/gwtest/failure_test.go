package gwtest_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gwtest"
	"github.com/sluice-gateway/sluice/internal/server"
)

const (
	timedOut     = `504 {"message": "Endpoint request timed out"}`
	networkError = `504 {"message": "Network error communicating with endpoint"}`
	serverError  = `500 {"message": "Internal server error"}`
)

// failingTimeout is the timeout of the integrations of failing back ends, and failingLimit the time within
// which the client must have its answer, on a slow machine too.
const (
	failingTimeout = 700 * time.Millisecond
	failingLimit   = 5 * time.Second
)

// reset ends a connection with a reset instead of an end.
func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// await reads a request.
func await(c net.Conn) bool {
	req, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

// answer reads a request and sends a text.
func answer(text string) func(net.Conn) {
	return func(c net.Conn) {
		if await(c) {
			_, _ = io.WriteString(c, text)
		}
	}
}

// stay keeps a connection open until the gateway closes it.
func stay(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// TestFailures holds what a client gets for each way in which a back end can fail, for HTTP and HTTP_PROXY
// alike, that it gets it within the timeout, and that the gateway goes on serving.
func TestFailures(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	tests := []struct {
		name   string
		scheme string
		serve  func(net.Conn) // nil listens and accepts nothing: the port is closed
		want   string
	}{
		{"refused", "http", nil, networkError},
		{"killed before the answer", "http", func(c net.Conn) { await(c) }, networkError},
		{"reset before the answer", "http", func(c net.Conn) { await(c); reset(c) }, networkError},
		{"reset at once", "http", reset, networkError},
		{"hung", "http", func(c net.Conn) { await(c); stay(c) }, timedOut},
		{"hung without reading", "http", stay, timedOut},
		{"half-closed", "http", func(c net.Conn) { await(c); _ = c.(*net.TCPConn).CloseWrite(); stay(c) }, networkError},
		{"half-closed within the body", "http", func(c net.Conn) {
			answer(head + "Content-Length: 10\r\n\r\nhalf")(c)
			_ = c.(*net.TCPConn).CloseWrite()
			stay(c)
		}, networkError},
		{"garbage", "http", answer("\x16\x03\x01 what is this\r\n\r\n"), networkError},
		{"garbage for a status", "http", answer("HTTP/1.1 abc\r\n\r\n"), networkError},
		{"garbage for a length", "http", answer(head + "Content-Length: ten\r\n\r\nabc"), networkError},
		{"garbage for a chunk", "http", answer(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"), networkError},
		{"two lengths", "http", answer(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), networkError},
		{"head without end", "http", answer(head + strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 400)), networkError},
		{"reset within the body", "http", func(c net.Conn) { answer(head + "Content-Length: 10\r\n\r\nhalf")(c); reset(c) }, networkError},
		{"chunks without end", "http", answer(head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), networkError},
		{"hung within the head", "http", func(c net.Conn) { answer(head)(c); stay(c) }, timedOut},
		{"hung within the body", "http", func(c net.Conn) { answer(head + "Content-Length: 10\r\n\r\nhalf")(c); stay(c) }, timedOut},
		{"slow drip", "http", drip(head + "Content-Length: 100000\r\n\r\n"), timedOut},
		{"20 MB with length", "http", flood(head+"Content-Length: 20971520\r\n\r\n", 20<<20), serverError},
		{"20 MB in chunks", "http", flood(head+"Transfer-Encoding: chunked\r\n\r\n1400000\r\n", 20<<20), serverError},
		{"20 MB to the end", "http", flood(head+"Connection: close\r\n\r\n", 20<<20), serverError},
		{"TLS refused", "https", func(c net.Conn) { _ = tls.Server(c, &tls.Config{}).Handshake() }, networkError},
		{"no TLS", "https", answer(head + "\r\n"), networkError},
		{"TLS hung", "https", stay, timedOut},
		{"TLS reset", "https", reset, networkError},
	}
	s := gwtest.Start(t, gwtest.Config{})
	healthy := script(t, answer(head+"Content-Length: 4\r\nConnection: close\r\n\r\nfine"))
	for _, kind := range []string{"http", "http_proxy"} {
		for _, tt := range tests {
			t.Run(kind+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				addr := "127.0.0.1:65535"
				if tt.serve != nil {
					addr = script(t, tt.serve)
				}
				timeout := failingTimeout
				if tt.want == serverError { // what is read, not the time, decides
					timeout = 20 * time.Second
				}
				api, err := s.Deploy(failing(kind, tt.scheme+"://"+addr+"/", healthy, timeout), "v1", "")
				if err != nil {
					t.Fatal(err)
				}
				for _, verb := range []string{"GET", "POST"} {
					begun := time.Now()
					if got := send(t, s, verb, api, "/failing"); got != tt.want {
						t.Errorf("%s: got %.200s, want %s", verb, got, tt.want)
					}
					if took := time.Since(begun); took > failingLimit {
						t.Errorf("%s: answered after %v", verb, took)
					}
				}
				if got := send(t, s, "GET", api, "/healthy"); got != "200 fine" {
					t.Errorf("afterwards: got %s from a healthy back end", got)
				}
			})
		}
	}
}

// failing is an API with a method of a failing back end and one of a healthy one.
func failing(kind, uri, healthy string, timeout time.Duration) string {
	method := func(kind, verb, uri string, timeout time.Duration) string {
		return fmt.Sprintf(`"%s":{"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":%q,"httpMethod":%q,"uri":%q,"timeoutInMillis":%d,"responses":{"default":{"statusCode":"200"}}}}`,
			strings.ToLower(verb), kind, verb, uri, timeout.Milliseconds())
	}
	return `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{
		"/failing":{` + method(kind, "GET", uri, timeout) + "," + method(kind, "POST", uri, timeout) + `},
		"/healthy":{` + method("http_proxy", "GET", "http://"+healthy+"/", 29*time.Second) + `}}}`
}

// drip sends a head and then a byte from time to time.
func drip(head string) func(net.Conn) {
	return func(c net.Conn) {
		answer(head)(c)
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond) // the slow back end
		}
	}
}

// flood sends a head and a body of that many bytes.
func flood(head string, bytes int) func(net.Conn) {
	return func(c net.Conn) {
		answer(head)(c)
		block := make([]byte, 1<<16)
		for sent := 0; sent < bytes; sent += len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

// send makes a request and returns status and body, or the error.
func send(t *testing.T, s *gwtest.Server, verb, api, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, s.GatewayURL+"/_aws/execute-api/"+api+"/v1"+path, nil)
	if err != nil {
		return err.Error()
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

// TestNoSecondCall holds that a call that fails is not made again, whatever its verb, on a fresh connection.
func TestNoSecondCall(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{})
	var calls atomic.Int32
	addr := script(t, func(c net.Conn) {
		if await(c) {
			calls.Add(1)
		}
	})
	api, err := s.Deploy(failing("http_proxy", "http://"+addr+"/", addr, failingTimeout), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	for n, verb := range []string{"POST", "GET"} {
		if got := send(t, s, verb, api, "/failing"); got != networkError || int(calls.Load()) != n+1 {
			t.Errorf("%s: got %s after %d calls, want a network error after %d", verb, got, calls.Load(), n+1)
		}
	}
}

// TestFirstByteTimeout holds that a back end that does not begin to answer is given up earlier than one that
// is slow to finish.
func TestFirstByteTimeout(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.FirstByteTimeout = 50 * time.Millisecond }})
	head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n"
	finish := make(chan struct{})
	silent := script(t, stay)
	slow := script(t, func(c net.Conn) {
		answer(head)(c)
		<-finish
		_, _ = io.WriteString(c, "\r\nslow")
	})
	document := failing("http_proxy", "http://"+silent+"/", slow, 20*time.Second)
	api, err := s.Deploy(document, "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if got := send(t, s, "GET", api, "/failing"); got != timedOut {
		t.Errorf("got %s, want %s", got, timedOut)
	}
	if took := time.Since(begun); took > failingLimit {
		t.Errorf("answered after %v", took)
	}
	time.AfterFunc(200*time.Millisecond, func() { close(finish) })
	if got := send(t, s, "GET", api, "/healthy"); got != "200 slow" {
		t.Errorf("got %s from a back end that had begun in time", got)
	}
}

// TestBoundedConnections holds that calls beyond the most connections wait for one within their timeout.
func TestBoundedConnections(t *testing.T) {
	s := gwtest.Start(t, gwtest.Config{Change: func(c *server.Config) { c.MaxBackendConnections = 1 }})
	entered, proceed := make(chan struct{}, 2), make(chan struct{})
	addr := script(t, func(c net.Conn) {
		if await(c) {
			entered <- struct{}{}
			<-proceed
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfine")
		}
	})
	api, err := s.Deploy(failing("http_proxy", "http://"+addr+"/", addr, failingTimeout), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 1)
	go func() { first <- send(t, s, "GET", api, "/healthy") }()
	<-entered
	if got := send(t, s, "GET", api, "/failing"); got != timedOut {
		t.Errorf("a call for which no connection came free: got %s, want %s", got, timedOut)
	}
	second := make(chan string, 1)
	go func() { second <- send(t, s, "GET", api, "/healthy") }()
	close(proceed)
	if got := [2]string{<-first, <-second}; got != [2]string{"200 fine", "200 fine"} {
		t.Errorf("got %q, want both calls to be answered in the end", got)
	}
}

// TestClientGone holds that a call ends when the client goes away, long before its timeout.
func TestClientGone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a closed connection is not seen there")
	}
	s := gwtest.Start(t, gwtest.Config{})
	called, ended := make(chan struct{}), make(chan struct{})
	addr := script(t, func(c net.Conn) {
		if await(c) {
			close(called)
			stay(c)
			close(ended)
		}
	})
	api, err := s.Deploy(failing("http_proxy", "http://"+addr+"/", addr, failingTimeout), "v1", "")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", s.GatewayAddr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(client, "GET /_aws/execute-api/"+api+"/v1/healthy HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	<-called
	client.Close()
	select {
	case <-ended:
	case <-time.After(failingLimit):
		t.Error("the call goes on without its client")
	}
}
