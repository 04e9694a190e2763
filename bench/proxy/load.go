package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/http1"
)

// load asks for path on the given number of connections, one request after the other on each, for
// about the given time. It returns how many were answered with 200; any other answer is an error.
func load(ctx context.Context, address, path, host string, connections int, duration time.Duration) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n")
	end := time.Now().Add(duration)
	var answered atomic.Int64
	var clients sync.WaitGroup
	for range connections {
		clients.Go(func() {
			n, err := client(ctx, address, request, end)
			answered.Add(n)
			if err != nil {
				cancel(err)
			}
		})
	}
	clients.Wait()
	if err := context.Cause(ctx); err != nil {
		return 0, err
	}
	return answered.Load(), nil
}

// client asks on one connection until the end.
func client(ctx context.Context, address string, request []byte, end time.Time) (n int64, err error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := c.SetDeadline(end.Add(5 * time.Second)); err != nil {
		return 0, err
	}
	var r http1.Reader
	r.Reset(c)
	var resp http1.Response
	var body []byte
	for time.Now().Before(end) && ctx.Err() == nil {
		if _, err := c.Write(request); err != nil {
			return n, err
		}
		head, err := r.Head(64 << 10)
		if err != nil {
			return n, err
		}
		resp = http1.Response{Headers: resp.Headers[:0]}
		if err := http1.ParseResponse(head, &resp); err != nil {
			return n, err
		}
		if resp.Chunked {
			body, err = r.Chunked(body[:0], 1<<20)
		} else {
			body, err = r.Sized(body[:0], resp.ContentLength, 1<<20)
		}
		if err != nil {
			return n, err
		}
		if resp.Status != 200 {
			return n, fmt.Errorf("answer %d: %.200s", resp.Status, body)
		}
		n++
	}
	return n, nil
}
