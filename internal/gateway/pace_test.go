package gateway

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// wholeStream is a body that is all there.
type wholeStream struct{ io.Reader }

func (wholeStream) Interrupt()   {}
func (wholeStream) Close() error { return nil }

// paced returns a stream of so many bytes, of which ten are free.
func paced(bytes int, perSecond int64) *pacedStream {
	return &pacedStream{
		Stream: wholeStream{strings.NewReader(strings.Repeat("x", bytes))},
		free:   10, perSecond: perSecond, now: time.Now, interrupted: make(chan struct{}),
	}
}

func TestPacedStream(t *testing.T) {
	for _, tt := range []struct {
		name  string
		bytes int
		least time.Duration
	}{
		{"free", 10, 0},
		{"behind the free bytes", 30, 20 * time.Millisecond}, // 20 bytes of 1,000 a second
	} {
		t.Run(tt.name, func(t *testing.T) {
			begun := time.Now()
			text, err := io.ReadAll(paced(tt.bytes, 1000))
			if took := time.Since(begun); err != nil || len(text) != tt.bytes || took < tt.least {
				t.Errorf("got %d bytes after %v, error %v, want %d after %v", len(text), took, err, tt.bytes, tt.least)
			}
		})
	}
}

// A client that goes away does not leave a slow body waiting.
func TestPacedStreamIsInterrupted(t *testing.T) {
	s := paced(1000, 1)
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(s)
		done <- err
	}()
	s.Interrupt()
	var failure *integration.Error
	if err := <-done; !errors.As(err, &failure) || failure.Kind != integration.Canceled {
		t.Errorf("got %v, want a canceled read", err)
	}
}

func TestPaceStream(t *testing.T) {
	for _, tt := range []struct {
		rate int64
		want bool
	}{{0, false}, {2 << 20, true}} {
		g := New(Config{StreamBytesPerSecond: tt.rate})
		x := Acquire()
		x.Response.Stream = wholeStream{strings.NewReader("")}
		g.paceStream(x)
		s, got := x.Response.Stream.(*pacedStream)
		if got != tt.want || got && (s.free != freeStreamBytes || s.perSecond != tt.rate) {
			t.Errorf("rate %d: got %+v", tt.rate, x.Response.Stream)
		}
		x.Response.Stream = nil
		x.Release()
	}
}
