package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// listen opens the listening sockets.
func (s *Server) listen(ctx context.Context) (err error) {
	if s.controlListener, err = listenOn(ctx, "control", s.config.Control); err != nil {
		return err
	}
	if s.gatewayListener, err = listenOn(ctx, "gateway", s.config.Gateway); err != nil {
		return err
	}
	if s.config.GatewayTLS != Off {
		if s.secureListener, err = listenOn(ctx, "gateway-tls", s.config.GatewayTLS); err != nil {
			return err
		}
	}
	if s.config.Admin != Off {
		s.adminListener, err = listenOn(ctx, "admin", s.config.Admin)
	}
	return err
}

// listenOn opens the listening socket that a setting names.
func listenOn(ctx context.Context, setting, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, withHint(fmt.Errorf("%s: %w", setting, err),
			"choose another address with --"+setting+"; port 0 takes any that is free")
	}
	return listener, nil
}

// baseURL returns how this machine reaches a listener.
func baseURL(listener net.Listener) string {
	address := listener.Addr().String()
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		address = net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return "http://" + address
}

// listenerServer is one listener with what serves it.
type listenerServer struct {
	name     string
	serve    func() error // returns nil after shutdown
	shutdown func(context.Context) error
	last     bool // stays until the others have drained
}

// newServers returns what serves the listeners.
func (s *Server) newServers() []listenerServer {
	servers := []listenerServer{
		s.httpServer("control", restjson.Listener(s.controlListener), s.controlHandler()),
		s.gatewayServer(),
	}
	if s.adminListener != nil {
		admin := s.httpServer("admin", s.adminListener, adminHandler(&s.ready, s.metrics, &s.faults))
		admin.last = true
		servers = append(servers, admin)
	}
	return servers
}

// controlHandler returns the control plane. Where nobody has to sign, it takes no orders from
// web pages that happen to be open on the same machine.
func (s *Server) controlHandler() http.Handler {
	if s.config.Auth == Off {
		return http.NewCrossOriginProtection().Handler(s.mux)
	}
	return s.mux
}

// gatewayServer returns the data plane's.
func (s *Server) gatewayServer() listenerServer {
	var handler listen.Handler = s.gateway
	if s.config.Wrap != nil {
		handler = s.config.Wrap(handler)
	}
	server := listen.New(listen.Config{Handler: newMeasured(handler, s.metrics), Logger: s.log})
	return listenerServer{
		name:     "gateway",
		serve:    func() error { return s.serveGateway(server) },
		shutdown: server.Shutdown,
	}
}

// serveGateway serves the gateway's listeners until they are shut down or one fails.
func (s *Server) serveGateway(server *listen.Server) error {
	ended := make(chan error, 2)
	go func() { ended <- server.Serve(s.gatewayListener) }()
	listeners := 1
	if s.secureListener != nil {
		listeners++
		go func() { ended <- server.ServeTLS(s.secureListener, s.selector.Config()) }()
	}
	for range listeners {
		if err := <-ended; !errors.Is(err, listen.ErrServerClosed) {
			return err
		}
	}
	return nil
}

// httpServer returns one on net/http.
func (s *Server) httpServer(name string, listener net.Listener, handler http.Handler) listenerServer {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.With("listener", name).Handler(), slog.LevelWarn),
	}
	return listenerServer{
		name: name,
		serve: func() error {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		},
		shutdown: func(ctx context.Context) error {
			err := server.Shutdown(ctx)
			if err != nil {
				err = errors.Join(err, server.Close())
			}
			return err
		},
	}
}

// drain shuts the servers down within the configured time, or until Abort: first those
// that clients use, and then the one that tells whoever watches that they are draining.
func (s *Server) drain(servers []listenerServer) error {
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		select {
		case <-s.abort:
			cancel()
		case <-stop:
		}
	}()
	return errors.Join(shutdownAll(ctx, servers, false), shutdownAll(ctx, servers, true))
}

// shutdownAll shuts the servers that are, or are not, last down at the same time.
func shutdownAll(ctx context.Context, servers []listenerServer, last bool) error {
	var wg sync.WaitGroup
	errs := make([]error, len(servers))
	for i, server := range servers {
		if server.last != last {
			continue
		}
		wg.Go(func() {
			if err := server.shutdown(ctx); err != nil {
				errs[i] = fmt.Errorf("requests to the %s listener were broken off: %w", server.name, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// measured counts what passes to the gateway.
type measured struct {
	next     listen.Handler
	apis     *apiMetrics
	inFlight prometheus.Gauge
	seconds  prometheus.Histogram
	classes  [6]prometheus.Counter // by hundreds of the status
}

func newMeasured(next listen.Handler, m *metrics) *measured {
	h := &measured{next: next, apis: m.apis, inFlight: m.inFlight, seconds: m.gatewaySeconds}
	for i := range h.classes {
		h.classes[i] = m.gatewayRequests.WithLabelValues([]string{"other", "1xx", "2xx", "3xx", "4xx", "5xx"}[i])
	}
	return h
}

// Serve implements listen.Handler.
func (h *measured) Serve(ctx context.Context, x *gateway.Exchange) {
	h.inFlight.Inc()
	begun := time.Now()
	defer func() {
		h.inFlight.Dec()
		took := time.Since(begun)
		h.seconds.Observe(took.Seconds())
		h.apis.observe(x, took)
		h.count(x)
	}()
	h.next.Serve(ctx, x)
}

// Refuse implements listen.Handler.
func (h *measured) Refuse(x *gateway.Exchange, refusal gateway.Refusal) {
	h.next.Refuse(x, refusal)
	h.count(x)
}

// count counts an answer by its class.
func (h *measured) count(x *gateway.Exchange) {
	class := x.Response.Status / 100
	if class < 1 || class >= len(h.classes) {
		class = 0
	}
	h.classes[class].Inc()
}
