package dev

import (
	"bytes"
	"context"
	"regexp"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
)

// fixedHandler answers everything with one status.
type fixedHandler int

func (h fixedHandler) Serve(_ context.Context, x *gateway.Exchange) { x.Response.Status = int(h) }

func (h fixedHandler) Refuse(x *gateway.Exchange, _ gateway.Refusal) { x.Response.Status = 431 }

func TestLogRequests(t *testing.T) {
	var b bytes.Buffer
	handler := LogRequests(&b)(fixedHandler(204))
	x := gateway.Acquire()
	defer x.Release()
	x.Request.Method, x.Request.Target = "GET", "/a?b=\x1b[31mé"
	handler.Serve(t.Context(), x)
	handler.Refuse(x, gateway.HeadersTooLarge)
	want := regexp.MustCompile(`^\d\d:\d\d:\d\d 204 GET     /a\?b=\?\[31m\?  -  [0-9.]+[nµm]?s\n\d\d:\d\d:\d\d 431 GET     /a\?b=\?\[31m\?  -  [0-9.]+[nµm]?s\n$`)
	if !want.MatchString(b.String()) {
		t.Errorf("got %q, want %s", b.String(), want)
	}
}

func TestRoundTime(t *testing.T) {
	tests := []struct{ in, want time.Duration }{
		{1234567890, 1230 * time.Millisecond},
		{12345678, 12300 * time.Microsecond},
		{12345, 12 * time.Microsecond},
	}
	for _, test := range tests {
		if got := roundTime(test.in); got != test.want {
			t.Errorf("roundTime(%v): got %v, want %v", test.in, got, test.want)
		}
	}
}
