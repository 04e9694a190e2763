package listen

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/sluice-gateway/sluice/internal/certificate"
)

// startTLS serves a connection, which holds a slot, in a goroutine of its own, with the protocol that its handshake
// comes to.
func (s *Server) startTLS(tc *tls.Conn) {
	s.running.Add(1)
	go func() {
		defer func() {
			<-s.slots
			s.running.Done()
		}()
		if !s.handshake(tc) {
			tc.Close()
			return
		}
		state := tc.ConnectionState()
		switch state.NegotiatedProtocol {
		case certificate.ProtocolHTTP2:
			if !secureEnough(&state) {
				s.refuseHTTP2(tc)
				return
			}
			s.http2.serve(tc)
		case certificate.ProtocolHTTP1, "":
			c := newConn(s, tc)
			s.register(c)
			s.serveHTTP1(c)
		default: // a challenge of a certificate's authority is over with the handshake
			tc.Close()
		}
	}()
}

// handshake makes the handshake of a connection in time. It reports whether the client may go on.
func (s *Server) handshake(tc *tls.Conn) bool {
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.HandshakeTimeout)
	defer cancel()
	s.track(tc, true)
	err := tc.HandshakeContext(ctx)
	s.track(tc, false)
	if err != nil {
		// Port scanners and clients that don't trust the certificate are daily business.
		s.cfg.Logger.Debug("handshake", "peer", tc.RemoteAddr().String(), "error", err)
	}
	return err == nil
}

// track notes that the handshake of a connection begins or is over.
func (s *Server) track(nc net.Conn, begins bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if begins {
		s.shaking[nc] = struct{}{}
		return
	}
	delete(s.shaking, nc)
}
