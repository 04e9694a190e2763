package listen

// Hot path.

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/http1"
	"github.com/sluice-gateway/sluice/internal/integration"
)

const (
	// relayBytes is the most of a streamed body that is sent at once.
	relayBytes = 32 << 10

	// maxChunkLine is the longest line before a chunk of that size.
	maxChunkLine = len("8000\r\n")
)

// relayBuffers has the memory through which streamed bodies pass.
var relayBuffers = sync.Pool{New: func() any { return new([maxChunkLine + relayBytes + len("\r\n")]byte) }}

// relay writes a response whose body is still coming. Each piece is sent when it is there, the head
// before the first; a client that reads slowly slows the endpoint down. A body that breaks off leaves
// the message without its end, which the client sees. It reports whether the connection can be used
// further.
func (c *conn) relay(x *gateway.Exchange, req *http1.Request, keep bool) bool {
	length := x.Response.StreamLength
	chunked := length < 0 && req.Minor == 1
	keep = keep && (chunked || length >= 0)
	c.out = http1.AppendStatusLine(c.out, x.Response.Status)
	c.out = append(c.out, c.srv.date.line(c.now())...)
	c.out = http1.AppendFields(c.out, x.Response.Headers)
	switch {
	case chunked:
		c.out = append(c.out, "Transfer-Encoding: chunked\r\n"...)
	case length >= 0:
		c.out = http1.AppendLength(c.out, int(length))
	}
	if keep {
		c.out = append(c.out, "Connection: keep-alive\r\n\r\n"...)
	} else {
		c.out = append(c.out, "Connection: close\r\n\r\n"...)
	}
	if c.flush() != nil {
		return false
	}
	watched := c.watch(x.Response.Stream)
	err := c.relayBody(x.Response.Stream, length, chunked)
	c.unwatch(watched)
	var failure *integration.Error
	if errors.As(err, &failure) && failure.Kind != integration.Canceled {
		c.srv.cfg.Logger.Warn("a streamed response broke off", "error", err,
			"method", x.Request.Method, "host", x.Request.Host, "target", x.Request.Target)
	}
	return err == nil && keep
}

// errLength is a body that is not as long as its head said.
var errLength = &integration.Error{Kind: integration.Network, Err: errors.New("the body is not as long as its Content-Length")}

// relayBody sends the body piece by piece, and never more than the length that the head named, if it named
// one.
func (c *conn) relayBody(body io.Reader, length int64, chunked bool) error {
	buf := relayBuffers.Get().(*[maxChunkLine + relayBytes + len("\r\n")]byte)
	defer relayBuffers.Put(buf)
	for {
		n, err := body.Read(buf[maxChunkLine : maxChunkLine+relayBytes])
		if length >= 0 {
			if int64(n) > length || err == io.EOF && int64(n) < length {
				err = errLength
			}
			n = int(min(int64(n), length))
			length -= int64(n)
		}
		if n > 0 {
			piece := buf[maxChunkLine : maxChunkLine+n]
			if chunked {
				piece = frameChunk(buf[:], n)
			}
			if err := c.write(piece); err != nil {
				return err
			}
		}
		if err == io.EOF && chunked {
			return c.write([]byte(http1.LastChunk))
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// frameChunk makes a chunk of the n bytes behind the place for its line.
func frameChunk(buf []byte, n int) []byte {
	var line [maxChunkLine]byte
	size := http1.AppendChunkSize(line[:0], n)
	start := maxChunkLine - len(size)
	copy(buf[start:], size)
	end := maxChunkLine + n
	end += copy(buf[end:], "\r\n")
	return buf[start:end]
}

// watch waits for the end of the connection while a body is relayed, during which nobody else reads
// from it. A client that is gone interrupts the body, which may otherwise have nothing to say for a
// long time.
func (c *conn) watch(body integration.Stream) (done chan struct{}) {
	done = make(chan struct{})
	if c.hasAhead || c.nc.SetReadDeadline(time.Time{}) != nil {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		n, err := c.nc.Read(c.ahead[:])
		c.hasAhead = n > 0
		if n == 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
			body.Interrupt()
		}
	}()
	return done
}

// unwatch ends a watch.
func (c *conn) unwatch(done chan struct{}) {
	c.wake()
	<-done
	c.armed = phaseNone // whoever reads next sets a deadline
}
