package main

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// The whole program, for a moment: what it finds in minutes, it must not find in seconds.
func TestLoad(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("it builds and starts the program, and interrupts it")
	}
	var out strings.Builder
	if err := run(t.Context(), options{duration: 2 * time.Second, connections: 16, interval: 600 * time.Millisecond}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	for _, s := range scenarios {
		if !strings.Contains(out.String(), s.name) {
			t.Errorf("%s is not in the table:\n%s", s.name, out.String())
		}
	}
}

// An answer of another request is found, wherever it shows.
func TestCheck(t *testing.T) {
	const own, other = "00000001-0000-4000-8000-000000000001", "00000002-0000-4000-8000-000000000001"
	s := &scenario{name: "s", want: nonceObject}
	answer := func(status int, id, header, body string) rig.Answer {
		a := rig.Answer{Status: status, Body: s.text(nil, nonceObject, body, 0, 0)}
		a.Headers.Add("x-amzn-RequestId", id)
		a.Headers.Add("X-Nonce", header)
		return a
	}
	want := string(s.body(nil, own, 0, 0))
	if err := s.check(answer(200, own, own, own), own, want); err != nil {
		t.Errorf("its own answer: %v", err)
	}
	for _, a := range []rig.Answer{answer(500, own, own, own), answer(200, other, own, own), answer(200, own, other, own), answer(200, own, own, other)} {
		if s.check(a, own, want) == nil {
			t.Errorf("taken for its own: %+v", a)
		}
	}
}

// Growth is what the first sample does not explain.
func TestJudge(t *testing.T) {
	base := sample{goroutines: 100, heap: 10e6, resident: 50e6, files: 300}
	grow := func(change func(*sample)) sample {
		s := base
		change(&s)
		return s
	}
	tests := []struct {
		name    string
		samples []sample
		want    string
	}{
		{"the same", []sample{base, base, base}, ""},
		{"a little", []sample{base, grow(func(s *sample) { s.heap += 1e6; s.goroutines += 10 }), base}, ""},
		{"too few", []sample{base, base}, "no time"},
		{"goroutines", []sample{base, grow(func(s *sample) { s.goroutines = 200 }), base}, "goroutines grew from 100 to 200"},
		{"heap at the end", []sample{base, base, grow(func(s *sample) { s.heap = 20e6 })}, "bytes of heap grew"},
		{"connections", []sample{base, grow(func(s *sample) { s.files = 500 }), base}, "open files grew"},
	}
	for _, tt := range tests {
		var out strings.Builder
		err := (&watch{out: &out, samples: tt.samples}).judge()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}
