package dev

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
)

// LogRequests returns what stands in front of the gateway and writes a line for each request: the
// time of day, the status of the answer, the verb, the target, the type of the integration and how long
// it took. The integration is "-" where the request did not reach a method.
func LogRequests(out io.Writer) func(listen.Handler) listen.Handler {
	return func(next listen.Handler) listen.Handler { return &requestLog{next: next, out: out} }
}

type requestLog struct {
	next listen.Handler
	out  io.Writer
}

// Serve implements listen.Handler.
func (l *requestLog) Serve(ctx context.Context, x *gateway.Exchange) {
	began := time.Now()
	l.next.Serve(ctx, x)
	l.write(x, began)
}

// Refuse implements listen.Handler.
func (l *requestLog) Refuse(x *gateway.Exchange, refusal gateway.Refusal) {
	began := time.Now()
	l.next.Refuse(x, refusal)
	l.write(x, began)
}

func (l *requestLog) write(x *gateway.Exchange, began time.Time) {
	integration := "-"
	if m := x.Method(); m != nil && m.Integration != nil {
		integration = string(m.Integration.Type)
	}
	fmt.Fprintf(l.out, "%s %d %-7s %s  %s  %v\n", began.Format(time.TimeOnly), x.Response.Status,
		printable(x.Request.Method), printable(x.Request.Target), integration, roundTime(time.Since(began)))
}

// printable replaces what could disturb a terminal. What is shown came from a client.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, text)
}

// roundTime leaves of a time what is of interest.
func roundTime(d time.Duration) time.Duration {
	switch {
	case d > time.Second:
		return d.Round(10 * time.Millisecond)
	case d > time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
