package httpbackend_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/httpbackend"
)

// Whatever a back end does to its connections, no call gets the answer of another one.
func TestAnswersNeverCross(t *testing.T) {
	const clients, calls = 20, 100
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	choose := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	addr := script(t, func(_ int, c net.Conn, r *bufio.Reader) {
		for {
			req := readRequest(r)
			if req == nil {
				return
			}
			body := "answer to " + req.URL.Path
			full := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			var err error
			switch choose(12) {
			case 0: // in chunks
				_, err = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
			case 1: // to the end of the connection
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"+body)
				return
			case 2: // cut
				_, _ = io.WriteString(c, full[:len(full)/2])
				return
			case 3: // without an answer
				return
			case 4: // more than asked for
				_, err = io.WriteString(c, full+"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")
			case 5: // too late
				time.Sleep(60 * time.Millisecond)
				_, err = io.WriteString(c, full)
			case 6: // in two pieces
				_, _ = io.WriteString(c, full[:20])
				_, err = io.WriteString(c, full[20:])
			case 7: // announced end
				_, _ = io.WriteString(c, strings.Replace(full, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
				return
			default:
				_, err = io.WriteString(c, full)
			}
			if err != nil {
				return
			}
		}
	})
	b := newBackend(t, httpbackend.Config{MaxConnections: clients / 2, MaxIdleConnections: clients / 4})
	var answered atomic.Int32
	var running sync.WaitGroup
	for client := range clients {
		running.Go(func() {
			for n := range calls {
				req := request(addr)
				req.URI.Path = fmt.Sprintf("/%d/%d", client, n)
				req.Timeout = 50 * time.Millisecond
				var resp integration.Response
				if err := b.Call(context.Background(), req, &resp); err != nil {
					continue
				}
				answered.Add(1)
				if want := "answer to " + req.URI.Path; string(resp.Body) != want {
					t.Errorf("got %q, want %q", resp.Body, want)
				}
				resp.Reset()
			}
		})
	}
	running.Wait()
	if answered.Load() == 0 {
		t.Error("no call was answered")
	}
}
