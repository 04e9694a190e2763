package rig

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// At a fixed rate as many requests are sent as are due, and a wait that the server causes is seen by all that were due meanwhile.
func TestLoadAtFixedRate(t *testing.T) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) == 1 {
			time.Sleep(100 * time.Millisecond) // the first one makes those behind it wait
		}
		_, _ = w.Write([]byte("ok"))
	}))
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "http://")
	h, err := Load(t.Context(), address, Get("/", address, "X-A: 1\r\n"), 1, 200*time.Millisecond, 100)
	if err != nil {
		t.Fatal(err)
	}
	if h.Count() != 20 || asked.Load() != 20 {
		t.Errorf("%d answers of %d requests, want 20", h.Count(), asked.Load())
	}
	if got := h.Quantile(0.75); got < 30*time.Millisecond {
		t.Errorf("three of four answers within %v: the wait is hidden", got)
	}
}

func TestLoadAtSaturation(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
		}
	}))
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "http://")
	h, err := Load(t.Context(), address, Get("/", address, ""), 4, 50*time.Millisecond, 0)
	if err != nil || h.Count() < 4 {
		t.Errorf("%d answers, %v", h.Count(), err)
	}
	if _, err := Load(t.Context(), address, Get("/none", address, ""), 2, 50*time.Millisecond, 0); err == nil || !strings.Contains(err.Error(), "answer 404") {
		t.Errorf("got %v, want the answer 404", err)
	}
}

// Answers of all framings and sizes are read to their end; what is no answer ends the load.
func TestLoadReadsAnswers(t *testing.T) {
	for _, test := range []struct{ name, answer, failure string }{
		{"short", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", ""},
		{"empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
		{"long", "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + strings.Repeat("x", 300_000), ""},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + strings.Repeat("x", 100_000) + "\r\n0\r\n\r\n", ""},
		{"too long", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", "longer than it says"},
		{"to the end", "HTTP/1.1 200 OK\r\n\r\nok", "unknown length"},
		{"error", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 5\r\n\r\nlater", "answer 503: later"},
		{"no HTTP", "SSH-2.0\r\n\r\n", "status line"},
	} {
		t.Run(test.name, func(t *testing.T) {
			address, asked := answering(t, test.answer)
			for _, rate := range []int{0, 500} {
				asked.Store(0)
				h, err := Load(t.Context(), address, Get("/", address, ""), 2, 20*time.Millisecond, rate)
				if test.failure != "" {
					if err == nil || !strings.Contains(err.Error(), test.failure) {
						t.Errorf("rate %d: got %v, want %q", rate, err, test.failure)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if h.Count() < 2 || int64(h.Count()) != asked.Load() {
					t.Errorf("rate %d: %d answers of %d requests", rate, h.Count(), asked.Load())
				}
			}
		})
	}
	address, _ := answering(t, "")
	if _, err := Load(t.Context(), address, Get("/", address, ""), 1, time.Millisecond, 0); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a connection that ends: %v", err)
	}
}

// answering returns the address of a server that answers each request with the same bytes, in two pieces, and ends the connection if
// there are none; and how many requests it has read.
func answering(t *testing.T, answer string) (address string, asked *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	asked = new(atomic.Int64)
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				for buf := make([]byte, 1<<10); ; {
					if _, err := nc.Read(buf); err != nil || answer == "" {
						return
					}
					asked.Add(1)
					for _, piece := range []string{answer[:len(answer)/2], answer[len(answer)/2:]} {
						if _, err := io.WriteString(nc, piece); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return ln.Addr().String(), asked
}

func TestReplaceSection(t *testing.T) {
	path := filepath.Join(t.TempDir(), "doc.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n<!-- x: begin; written by bench/x -->\nold\n<!-- x: end -->\nafter\n")
	for _, text := range []string{"new\n", "newer"} {
		if err := ReplaceSection(path, "x", text); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if want := "before\n<!-- x: begin; written by bench/x -->\n\nnewer\n\n<!-- x: end -->\nafter\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if err := ReplaceSection(path, "y", "text"); err == nil {
		t.Error("a section that is not there was replaced")
	}
}
