package rig

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// Get returns the bytes of a GET request. headers are further lines, each with its end.
func Get(path, host, headers string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench/1\r\nAccept: */*\r\n" + headers + "\r\n")
}

// Load sends a request over and over on the given number of connections for about the given time, and returns how long the
// answers took. With a rate of 0 each connection asks as soon as it is answered; otherwise the requests of all of them together
// are due at that rate. Any answer but 200 is an error.
//
// What is measured is the server and not the load generator, which shares the machine with it. A latency ends when the system
// received the answer, not when the generator came to read it. It begins when the request was sent; or when it was due, if its
// connection was still waiting for the answer before it, so that no wait is hidden: only that the generator woke up late is not
// the server's doing. It needs Linux 5.11 or later.
func Load(ctx context.Context, address string, request []byte, connections int, duration time.Duration, rate int) (*Histogram, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	loops := max(1, min(runtime.NumCPU()/4, connections))
	begin := time.Now()
	var mu sync.Mutex
	var total Histogram
	var running sync.WaitGroup
	for i := range loops {
		p := pace{begin: begin, end: begin.Add(duration)}
		mine := (connections + i) / loops
		if rate > 0 {
			p.every = time.Duration(connections) * time.Second / time.Duration(rate)
		}
		running.Go(func() {
			h, err := load(ctx, address, request, mine, p)
			if err != nil {
				cancel(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			total.Add(h)
		})
	}
	running.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return &total, nil
}

// pace is when connections ask.
type pace struct {
	begin, end time.Time
	every      time.Duration // between two requests of a connection; 0 for as soon as there is an answer
}
