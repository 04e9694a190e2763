package gwtest

import (
	"bytes"
	"io"
	"sync"

	"github.com/sluice-gateway/sluice/internal/observe"
)

// stageLogs keeps what stages log, by group. It is safe for concurrent use.
type stageLogs struct {
	mu     sync.Mutex
	groups map[string]*bytes.Buffer
}

// open returns the writer of a group.
func (l *stageLogs) open(to observe.Destination) (io.WriteCloser, error) {
	return &groupWriter{l, to.Group}, nil
}

// take returns what a group got and forgets it.
func (l *stageLogs) take(group string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.groups[group]
	if kept == nil {
		return ""
	}
	delete(l.groups, group)
	return kept.String()
}

// groupWriter appends to one group.
type groupWriter struct {
	logs  *stageLogs
	group string
}

// Write implements io.Writer.
func (w *groupWriter) Write(p []byte) (int, error) {
	w.logs.mu.Lock()
	defer w.logs.mu.Unlock()
	if w.logs.groups[w.group] == nil {
		w.logs.groups[w.group] = new(bytes.Buffer)
	}
	return w.logs.groups[w.group].Write(p)
}

// Close implements io.Closer.
func (w *groupWriter) Close() error { return nil }
