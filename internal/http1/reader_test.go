package http1_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/http1"
)

// pieces cuts s into parts of n bytes.
func pieces(s string, n int) []string {
	var parts []string
	for len(s) > n {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return append(parts, s)
}

func TestReaderMessages(t *testing.T) {
	wire := "\r\nA\r\nb: c\r\n\r\n" + "hello" +
		"B\r\n\r\n" + "3;x=y\r\nabc\r\n00A \r\n0123456789\r\n0\r\nT: u\r\n\r\n" +
		"C\r\n\r\nuntil the end"
	for _, n := range []int{1, 2, 3, 7, 1000} {
		var r http1.Reader
		r.Reset(&script{pieces(wire, n)})
		var got []string
		add := func(s string, err error) {
			if err != nil {
				t.Fatalf("pieces of %d: %v after %q", n, err, got)
			}
			got = append(got, s)
		}
		body := func(b []byte, err error) { add(string(b), err) }
		add(r.Head(100))
		body(r.Sized(nil, 5, 10))
		add(r.Head(100))
		body(r.Chunked([]byte{}, 13))
		add(r.Head(100))
		body(r.ToEnd(nil, 100))
		want := []string{"A\r\nb: c\r\n\r\n", "hello", "B\r\n\r\n", "abc0123456789", "C\r\n\r\n", "until the end"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pieces of %d (-want +got):\n%s", n, diff)
		}
		if err := r.Wait(); err != io.EOF {
			t.Errorf("Wait at the end = %v, want EOF", err)
		}
	}
}

func TestReaderHeadLimits(t *testing.T) {
	head := "A\r\nb: " + strings.Repeat("x", 5000) + "\r\n\r\n"
	tests := []struct {
		name, wire string
		limit      int
		want       error
	}{
		{"exactly", head, len(head), nil},
		{"one more", head, len(head) - 1, http1.ErrHeadTooLarge},
		{"no end in sight", head[:len(head)-4], 100, http1.ErrHeadTooLarge},
		{"nothing", "", 100, io.EOF},
		{"cut", "A\r\n", 100, io.ErrUnexpectedEOF},
		{"cut at once", "\r", 100, io.ErrUnexpectedEOF},
		{"bare LF is delivered", "A\nb: c\n\n", 100, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r http1.Reader
			r.Reset(strings.NewReader(tt.wire))
			got, err := r.Head(tt.limit)
			if err != tt.want {
				t.Errorf("Head(%d) = %v, want %v", tt.limit, err, tt.want)
			}
			if err == nil && got != tt.wire {
				t.Errorf("Head = %q, want %q", got, tt.wire)
			}
		})
	}
}

func TestReaderBodyRefuses(t *testing.T) {
	const limit = 8
	syntax := errors.New("a SyntaxError")
	tests := []struct {
		name, wire string
		want       error
	}{
		{"too large", "9\r\n", http1.ErrBodyTooLarge},
		{"too large together", "5\r\nabcde\r\n4\r\nabcd\r\n0\r\n\r\n", http1.ErrBodyTooLarge},
		{"overflow", "fffffffffffffffff\r\n", http1.ErrBodyTooLarge},
		{"prefix", "0x5\r\nabcde\r\n0\r\n\r\n", syntax},
		{"sign", "+5\r\nabcde\r\n0\r\n\r\n", syntax},
		{"blank before", " 5\r\nabcde\r\n0\r\n\r\n", syntax},
		{"no size", ";x\r\n", syntax},
		{"empty line", "\r\n", syntax},
		{"bare LF", "5\nabcde\r\n0\r\n\r\n", syntax},
		{"bare CR in extension", "5;a\rb\r\nabcde\r\n0\r\n\r\n", syntax},
		{"longer than its size", "5\r\nabcdef\r\n0\r\n\r\n", syntax},
		{"shorter than its size", "5\r\nabc\r\n0\r\n\r\n", syntax},
		{"bad trailer", "0\r\nno colon\r\n\r\n", syntax},
		{"endless extension", "1;" + strings.Repeat("x", 20_000) + "\r\n", syntax},
		{"endless trailers", "0\r\n" + strings.Repeat("A: "+strings.Repeat("x", 100)+"\r\n", 200), syntax},
		{"cut", "5\r\nab", io.ErrUnexpectedEOF},
		{"cut before the last line", "0\r\n", io.ErrUnexpectedEOF},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var r http1.Reader
			r.Reset(strings.NewReader(tt.wire))
			_, err := r.Chunked(nil, limit)
			if fault := new(http1.SyntaxError); errors.As(err, &fault) {
				err = syntax
			}
			if err != tt.want {
				t.Errorf("Chunked(%.40q) = %v, want %v", tt.wire, err, tt.want)
			}
		})
	}
}

func TestReaderSizedLimits(t *testing.T) {
	var r http1.Reader
	r.Reset(strings.NewReader("abc"))
	if _, err := r.Sized(nil, 9, 8); err != http1.ErrBodyTooLarge {
		t.Errorf("Sized beyond the limit = %v, want ErrBodyTooLarge", err)
	}
	if _, err := r.Sized(nil, 4, 8); err != io.ErrUnexpectedEOF {
		t.Errorf("Sized beyond the end = %v, want ErrUnexpectedEOF", err)
	}
	r.Reset(strings.NewReader("abc"))
	if _, err := r.ToEnd(nil, 2); err != http1.ErrBodyTooLarge {
		t.Errorf("ToEnd beyond the limit = %v, want ErrBodyTooLarge", err)
	}
}

// FuzzChunked: what we decode, the standard library decodes to the same bytes.
func FuzzChunked(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\n\r\n")
	f.Add("3;a=b\r\nabc\r\n1 \r\nd\r\n0\r\nA: b\r\n\r\n")
	f.Fuzz(func(t *testing.T, wire string) {
		var r http1.Reader
		r.Reset(strings.NewReader(wire))
		got, err := r.Chunked(nil, 1<<20)
		if err != nil {
			return
		}
		want, err := io.ReadAll(httputil.NewChunkedReader(bufio.NewReader(strings.NewReader(wire))))
		if err != nil {
			t.Fatalf("Chunked accepted %q, the standard library says %v", wire, err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("Chunked(%q) = %q, want %q", wire, got, want)
		}
	})
}

func TestAppend(t *testing.T) {
	list := header.List{
		{Name: "x-B", Value: "1"}, {Name: "X-a", Value: "evil\r\nSet-Cookie: x\x00"}, {Name: "bad name", Value: "x"},
		{Name: "connection", Value: "close"}, {Name: "CONTENT-LENGTH", Value: "7"}, {Name: "Transfer-encoding", Value: "chunked"},
		{Name: "x-B", Value: "ü\t2"},
	}
	var got []byte
	for _, status := range []int{200, 404, 444} {
		got = http1.AppendStatusLine(got, status)
	}
	got = http1.AppendFields(got, list)
	got = http1.AppendLength(got, 12)
	want := "HTTP/1.1 200 OK\r\nHTTP/1.1 404 Not Found\r\nHTTP/1.1 444 \r\n" +
		"x-B: 1\r\nX-a: evil  Set-Cookie: x \r\nx-B: ü\t2\r\nContent-Length: 12\r\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
