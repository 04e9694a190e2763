package dev

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/sluice-gateway/sluice/internal/backend"
)

// backends are the back ends that run in this process. The zero value has none.
type backends struct {
	servers   []*http.Server
	addresses map[string]string // by name
}

// start starts the back end of that name, unless it runs, at a free port of the loopback
// interface, and returns its address.
func (b *backends) start(name string) (address string, started bool, err error) {
	if address, ok := b.addresses[name]; ok {
		return address, false, nil
	}
	handler, err := backend.New(name)
	if err != nil {
		return "", false, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", false, fmt.Errorf("start the back end %s: %w", name, err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with close
	if b.addresses == nil {
		b.addresses = make(map[string]string)
	}
	b.servers = append(b.servers, server)
	b.addresses[name] = listener.Addr().String()
	return b.addresses[name], true, nil
}

// close stops the back ends.
func (b *backends) close() {
	for _, server := range b.servers {
		_ = server.Close()
	}
}
