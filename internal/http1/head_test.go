package http1_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// crlf turns the line ends of a test's text into those of the wire.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func TestParseRequest(t *testing.T) {
	tests := []struct {
		name, head string
		want       http1.Request
	}{
		{
			"order, case and duplicates are kept",
			"GET /a%2Fb//c?x=1&x=2 HTTP/1.1\nhOst: api\nX-b: 1\nx-A:\t two \nX-b:\n\n",
			http1.Request{
				Method: "GET", Target: "/a%2Fb//c?x=1&x=2", Host: "api", Minor: 1,
				Headers: header.List{{Name: "hOst", Value: "api"}, {Name: "X-b", Value: "1"}, {Name: "x-A", Value: "two"}, {Name: "X-b", Value: ""}},
				Framing: http1.Framing{ContentLength: -1},
			},
		},
		{
			"length and close",
			"POST / HTTP/1.1\nHost: a\nContent-Length: 12\nConnection: x, Close\n\n",
			http1.Request{
				Method: "POST", Target: "/", Host: "a", Minor: 1,
				Headers: header.List{{Name: "Host", Value: "a"}, {Name: "Content-Length", Value: "12"}, {Name: "Connection", Value: "x, Close"}},
				Framing: http1.Framing{ContentLength: 12, Close: true},
			},
		},
		{
			"chunked and expectation",
			"PUT / HTTP/1.1\nHost: a\nTransfer-Encoding: Chunked\nExpect: 100-Continue\n\n",
			http1.Request{
				Method: "PUT", Target: "/", Host: "a", Minor: 1,
				Headers:        header.List{{Name: "Host", Value: "a"}, {Name: "Transfer-Encoding", Value: "Chunked"}, {Name: "Expect", Value: "100-Continue"}},
				Framing:        http1.Framing{ContentLength: -1, Chunked: true},
				ExpectContinue: true,
			},
		},
		{
			"absolute form",
			"GET http://other.example:81?q HTTP/1.1\nHost: a\n\n",
			http1.Request{
				Method: "GET", Target: "/?q", Host: "other.example:81", Minor: 1,
				Headers: header.List{{Name: "Host", Value: "a"}},
				Framing: http1.Framing{ContentLength: -1},
			},
		},
		{
			"HTTP/1.0 closes",
			"GET / HTTP/1.0\n\n",
			http1.Request{Method: "GET", Target: "/", Framing: http1.Framing{ContentLength: -1, Close: true}},
		},
		{
			"HTTP/1.0 with keep-alive",
			"GET / HTTP/1.0\nConnection: keep-alive\n\n",
			http1.Request{
				Method: "GET", Target: "/", Headers: header.List{{Name: "Connection", Value: "keep-alive"}},
				Framing: http1.Framing{ContentLength: -1, KeepAlive: true},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got http1.Request
			if err := http1.ParseRequest(crlf(tt.head), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseRequest(%q) mismatch (-want +got):\n%s", tt.head, diff)
			}
		})
	}
}

func TestParseRequestRefuses(t *testing.T) {
	tests := []struct{ name, head, want string }{
		{"empty", "", "line without CRLF"},
		{"bare LF", "GET / HTTP/1.1\nHost: a\n\n", "line without CRLF"},
		{"bare LF inside", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "line without CRLF"},
		{"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
		{"no version", "GET /\r\nHost: a\r\n\r\n", "version"},
		{"version 2", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "version"},
		{"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "version"},
		{"authority form", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "neither a path"},
		{"other scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "neither a path"},
		{"tab in target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", "control character"},
		{"NUL in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", "control character"},
		{"CR in value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", "control character"},
		{"folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "field name"},
		{"blank in name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: a\r\n\r\n", "field name"},
		{"blank before colon", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\n", "field name"},
		{"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "field name"},
		{"empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "field name"},
		{"no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", "no Host"},
		{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "more than one Host"},
		{"two empty Hosts", "GET / HTTP/1.1\r\nHost:\r\nhost: a\r\n\r\n", "more than one Host"},
		{"signed length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n", "not a number"},
		{"length list", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\n", "not a number"},
		{"empty length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "not a number"},
		{"huge length", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\n", "not a number"},
		{"two lengths", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n", "more than one Content-Length"},
		{"length and coding", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", "together"},
		{"coding and length", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", "together"},
		{"two codings", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "more than one Transfer-Encoding"},
		{"unknown coding", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "not chunked"},
		{"identity", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "not chunked"},
		{"vertical tab before chunked", "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n", "control character"},
		{"coding in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := http1.ParseRequest(tt.head, new(http1.Request))
			var syntax *http1.SyntaxError
			if !errors.As(err, &syntax) || !strings.Contains(syntax.Reason, tt.want) {
				t.Errorf("ParseRequest(%q) = %v, want a SyntaxError about %q", tt.head, err, tt.want)
			}
		})
	}
}

func TestParseResponse(t *testing.T) {
	none := http1.Framing{ContentLength: -1}
	tests := []struct {
		name, head string
		want       http1.Response
	}{
		{
			"case and order", "HTTP/1.1 200 OK\r\nserver: x\r\nX-A: 1\r\nCONTENT-LENGTH: 3\r\n\r\n",
			http1.Response{
				Status: 200, Minor: 1,
				Headers: header.List{{Name: "server", Value: "x"}, {Name: "X-A", Value: "1"}, {Name: "CONTENT-LENGTH", Value: "3"}},
				Framing: http1.Framing{ContentLength: 3},
			},
		},
		{"no phrase", "HTTP/1.1 444\r\n\r\n", http1.Response{Status: 444, Minor: 1, Framing: none}},
		{"bare LF", "HTTP/1.1 200 OK\nA: b\n\n", http1.Response{Status: 200, Minor: 1, Headers: header.List{{Name: "A", Value: "b"}}, Framing: none}},
		{"folded", "HTTP/1.1 200 OK\r\nA: b\r\n\t c\r\n  d\r\n\r\n", http1.Response{Status: 200, Minor: 1, Headers: header.List{{Name: "A", Value: "b c d"}}, Framing: none}},
		{
			"blank before colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
			http1.Response{Status: 200, Minor: 1, Headers: header.List{{Name: "A", Value: "b"}}, Framing: none},
		},
		{
			"equal lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n",
			http1.Response{Status: 200, Minor: 1, Headers: header.List{{Name: "Content-Length", Value: "3, 3"}}, Framing: http1.Framing{ContentLength: 3}},
		},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", http1.Response{Status: 200, Framing: http1.Framing{ContentLength: -1, Close: true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got http1.Response
			if err := http1.ParseResponse(tt.head, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseResponse(%q) mismatch (-want +got):\n%s", tt.head, diff)
			}
		})
	}
}

func TestParseResponseRefuses(t *testing.T) {
	for _, head := range []string{
		"", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
		"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\x00\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\n : x\r\n\r\n",
	} {
		var syntax *http1.SyntaxError
		if err := http1.ParseResponse(head, new(http1.Response)); !errors.As(err, &syntax) {
			t.Errorf("ParseResponse(%q) = %v, want a SyntaxError", head, err)
		}
	}
}

// FuzzParseRequest holds the strict reading against two other readers: what we accept, they accept,
// with the same method, framing and host.
func FuzzParseRequest(f *testing.F) {
	for _, head := range []string{
		"GET / HTTP/1.1\nHost: a\n\n",
		"POST /x?y HTTP/1.1\nHost: a\nContent-Length: 3\nX-Y: z\n\n",
		"PUT /x HTTP/1.1\nhost: a:80\nTransfer-Encoding: chunked\nConnection: close\n\n",
		"GET http://b/ HTTP/1.1\nHost: a\nConnection: keep-alive, x\n\n",
		"GET / HTTP/1.0\n\n",
	} {
		f.Add(crlf(head))
	}
	f.Fuzz(func(t *testing.T, head string) {
		var reader http1.Reader
		reader.Reset(strings.NewReader(head))
		text, err := reader.Head(10_240)
		var got http1.Request
		if err != nil || text != head || http1.ParseRequest(head, &got) != nil {
			return
		}
		std, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head)))
		if err != nil {
			// net/http parses the target as a URL and the host as such; neither is framing.
			return
		}
		if chunked := len(std.TransferEncoding) > 0; chunked != got.Chunked {
			t.Errorf("%q: chunked %v, net/http says %v", head, got.Chunked, chunked)
		}
		if want := std.ContentLength; !got.Chunked && max(got.ContentLength, 0) != want {
			t.Errorf("%q: length %d, net/http says %d", head, got.ContentLength, want)
		}
		var fast fasthttp.RequestHeader
		fast.DisableNormalizing()
		if err := fast.Read(bufio.NewReader(strings.NewReader(head))); err != nil {
			return
		}
		if method := string(fast.Method()); method != got.Method {
			t.Errorf("%q: method %q, fasthttp says %q", head, got.Method, method)
		}
		if n := fast.ContentLength(); got.Chunked != (n == -1) || got.ContentLength >= 0 && int64(n) != got.ContentLength {
			t.Errorf("%q: length %d chunked %v, fasthttp says %d", head, got.ContentLength, got.Chunked, n)
		}
	})
}

// FuzzParseResponse guards that no answer of a back end can crash the gateway.
func FuzzParseResponse(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 3, 3\r\n\r\n")
	f.Add("HTTP/1.0 404\nTransfer-Encoding: chunked\n\n")
	f.Fuzz(func(t *testing.T, head string) {
		var resp http1.Response
		err := http1.ParseResponse(head, &resp)
		var syntax *http1.SyntaxError
		if err != nil && !errors.As(err, &syntax) {
			t.Errorf("ParseResponse(%q) = %v, want a SyntaxError", head, err)
		}
		if err == nil && (resp.Status < 100 || resp.Status > 999) {
			t.Errorf("ParseResponse(%q): status %d", head, resp.Status)
		}
	})
}

func TestIsFieldValue(t *testing.T) {
	for at := range 20 {
		for c := range 256 {
			s := strings.Repeat("x", at) + string([]byte{byte(c)}) + strings.Repeat("\xffy\t", 4)
			if got, want := http1.IsFieldValue(s), http1.IsFieldValueSlow(s); got != want {
				t.Errorf("IsFieldValue(%q) = %v, want %v", s, got, want)
			}
		}
	}
}

func BenchmarkIsFieldValue(b *testing.B) {
	value := strings.Repeat("Mozilla/5.0 (X11) ", 4)
	b.ReportAllocs()
	for b.Loop() {
		http1.IsFieldValue(value)
	}
}

func BenchmarkParseRequest(b *testing.B) {
	head := crlf("GET /v1/pets/7?a=1&b=2 HTTP/1.1\nHost: a1b2c3d4e5.execute-api.localhost:8080\nUser-Agent: curl/8.1.2\n" +
		"Accept: */*\nAccept-Encoding: gzip, deflate, br\nX-Amzn-Trace-Id: Root=1-65a1b2c3-0123456789abcdef01234567\nCookie: a=b; c=d\n\n")
	var req http1.Request
	b.ReportAllocs()
	b.SetBytes(int64(len(head)))
	for b.Loop() {
		req = http1.Request{Headers: req.Headers[:0]}
		if err := http1.ParseRequest(head, &req); err != nil {
			b.Fatal(err)
		}
	}
}

// script is a connection whose reads come in the given pieces.
type script struct{ pieces []string }

func (s *script) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; s.pieces[0] == "" {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}
