package dev

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// Output makes a writer safe for use from several goroutines, each of whose writes stays whole.
func Output(w io.Writer) io.Writer { return &output{w: w} }

type output struct {
	mu sync.Mutex
	w  io.Writer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.w.Write(text)
}

// LogHandler writes what the server logs, from level on, as lines for people: no time, the level as a
// word, the message, then the attributes.
func LogHandler(out io.Writer, level slog.Level) slog.Handler {
	return &logHandler{out: out, level: level}
}

type logHandler struct {
	out    io.Writer
	level  slog.Level
	groups string // names of the open groups, each with a dot
	attrs  string // attributes that every record has
}

// Enabled implements slog.Handler.
func (h *logHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// Handle implements slog.Handler.
func (h *logHandler) Handle(_ context.Context, r slog.Record) error {
	var attrs strings.Builder
	attrs.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		writeAttr(&attrs, h.groups, a)
		return true
	})
	_, err := fmt.Fprintf(h.out, "%s: %s%s\n", strings.ToLower(r.Level.String()), r.Message, attrs.String())
	return err
}

// WithAttrs implements slog.Handler.
func (h *logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		writeAttr(&b, h.groups, a)
	}
	with := *h
	with.attrs += b.String()
	return &with
}

// WithGroup implements slog.Handler.
func (h *logHandler) WithGroup(name string) slog.Handler {
	with := *h
	if name != "" {
		with.groups += name + "."
	}
	return &with
}

func writeAttr(b *strings.Builder, groups string, a slog.Attr) {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			groups += a.Key + "."
		}
		for _, inner := range value.Group() {
			writeAttr(b, groups, inner)
		}
		return
	}
	if a.Key != "" {
		fmt.Fprintf(b, " %s%s=%v", groups, a.Key, value)
	}
}
