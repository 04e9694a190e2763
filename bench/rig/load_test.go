package rig

import (
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
