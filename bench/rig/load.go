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

// Load is the one load of a session of its own.
func Load(ctx context.Context, address string, request []byte, connections int, duration time.Duration, rate int) (*Histogram, error) {
	s, err := Connect(address, request, connections)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Load(ctx, duration, rate)
}

// Session is a load generator with its connections. It belongs to one goroutine.
type Session struct {
	generators  []*generator
	connections int
}

// Connect makes the connections on which a request is sent. The caller calls Close. It needs Linux 5.11 or later.
func Connect(address string, request []byte, connections int) (*Session, error) {
	s := &Session{connections: connections}
	threads := max(1, min(runtime.NumCPU()/4, connections))
	for i := range threads {
		g, err := newGenerator(address, request, (connections+i)/threads)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.generators = append(s.generators, g)
	}
	return s, nil
}

// Close closes the connections.
func (s *Session) Close() {
	for _, g := range s.generators {
		g.close()
	}
}

// Load sends the request over and over for about the given time, and returns how long the
// answers took. With a rate of 0 each connection asks as soon as it is answered; otherwise the requests of all of them together
// are due at that rate. Any answer but 200 is an error, after which the session can only be closed.
//
// What is measured is the server and not the load generator, which shares the machine with it. A latency ends when the system
// received the answer, not when the generator came to read it. It begins when the request was sent; or when it was due, if its
// connection was still waiting for the answer before it, so that no wait is hidden: only that the generator woke up late is not
// the server's doing.
func (s *Session) Load(ctx context.Context, duration time.Duration, rate int) (*Histogram, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	begin := time.Now()
	p := pace{begin: begin, end: begin.Add(duration)}
	if rate > 0 {
		p.every = time.Duration(s.connections) * time.Second / time.Duration(rate)
	}
	var running sync.WaitGroup
	for _, g := range s.generators {
		running.Go(func() {
			if err := g.load(ctx, p); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	var total Histogram
	for _, g := range s.generators {
		total.Add(&g.latency)
	}
	return &total, nil
}

// pace is when connections ask.
type pace struct {
	begin, end time.Time
	every      time.Duration // between two requests of a connection; 0 for as soon as there is an answer
}
