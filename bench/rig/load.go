package rig

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Get returns the bytes of a GET request. headers are further lines, each with its end.
func Get(path, host, headers string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: bench/1\r\nAccept: */*\r\n" + headers + "\r\n")
}

// Load sends a request over and over on the given number of connections for about the given time, and returns how long the
// answers took. With a rate of 0 each connection asks as soon as it
// is answered; otherwise the requests of all of them together are due at that rate, and latencies count from when a request
// was due, if its connection was still waiting for the answer before it. Else they count from when it was sent: that the
// load generator woke up late is not the server's doing. Any answer but 200 is an error.
func Load(ctx context.Context, address string, request []byte, connections int, duration time.Duration, rate int) (*Histogram, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begin := time.Now()
	var mu sync.Mutex
	var total Histogram
	var clients sync.WaitGroup
	for i := range connections {
		clients.Go(func() {
			p := pace{begin: begin, end: begin.Add(duration)}
			if rate > 0 {
				p.every = time.Duration(connections) * time.Second / time.Duration(rate)
				p.next = begin.Add(p.every * time.Duration(i) / time.Duration(connections))
			}
			h, err := client(ctx, address, request, &p)
			if err != nil {
				cancel(err)
			}
			mu.Lock()
			defer mu.Unlock()
			total.Add(h)
		})
	}
	clients.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return &total, nil
}

// pace is when a connection asks.
type pace struct {
	begin, end time.Time
	every      time.Duration // between two requests; 0 for as soon as there is an answer
	next       time.Time     // when the next one is due
}

// wait waits until the next request is due and returns the time from which its latency counts, and false at the end.
func (p *pace) wait() (from time.Time, ok bool) {
	now := time.Now()
	if p.every == 0 {
		return now, now.Before(p.end)
	}
	due := p.next
	p.next = due.Add(p.every)
	if !due.Before(p.end) {
		return due, false
	}
	if d := due.Sub(now); d > 0 {
		time.Sleep(d)
		return time.Now(), true
	}
	return due, true
}

// client asks on one connection until the end.
func client(ctx context.Context, address string, request []byte, p *pace) (*Histogram, error) {
	h := &Histogram{}
	c, err := Dial(address)
	if err != nil {
		return h, err
	}
	defer c.Close()
	if err := c.SetDeadline(p.end.Add(10 * time.Second)); err != nil {
		return h, err
	}
	for ctx.Err() == nil {
		from, ok := p.wait()
		if !ok {
			break
		}
		answer, err := c.Do(request)
		if err != nil {
			return h, err
		}
		if answer.Status != 200 {
			return h, fmt.Errorf("answer %d: %.200s", answer.Status, answer.Body)
		}
		h.Record(time.Since(from))
	}
	return h, nil
}
