package listen

// Hot path.

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// The library answers some requests that RFC 7540 calls malformed, and ends connections over a SETTINGS frame that has a
// setting twice, which is allowed. framedConn stands in front of it and sees to both: it reads the frames that settings and headers
// come in, and hands on everything else as it comes.

const (
	frameHeadBytes = 9

	// maxHeaderText bounds the length of one name or value; the library bounds the whole list.
	maxHeaderText = 64 << 10
)

// errMalformed ends a connection over which a malformed request has come. A stream error may be treated as one of the
// connection (RFC 7540, section 5.4.1).
var errMalformed = errors.New("malformed HTTP/2 request")

// framedConn is a connection with a client that speaks HTTP/2. Read is called by one goroutine at a time.
type framedConn struct {
	net.Conn
	buf     []byte // memory of reads
	pending []byte // read, not handed on yet
	ready   int    // how much of pending may be handed on
	pass    int    // bytes that are not looked at: of the preface, or of a frame's payload
	headers *hpack.Decoder
	bad     bool // the header block at hand is malformed
	err     error
}

// newFramedConn returns a connection over which the client's preface is still to come.
func newFramedConn(nc net.Conn) *framedConn {
	c := &framedConn{Conn: nc, pass: len(http2.ClientPreface)}
	c.headers = hpack.NewDecoder(4096, c.field)
	c.headers.SetMaxStringLength(maxHeaderText)
	return c
}

// Read reads what the client sent, as far as it is well-formed.
func (c *framedConn) Read(p []byte) (int, error) {
	for c.ready == 0 {
		if c.err != nil {
			return 0, c.err
		}
		if err := c.fill(); err != nil {
			c.err = err
			return 0, err
		}
		c.look()
	}
	n := copy(p, c.pending[:c.ready])
	c.pending = c.pending[n:]
	c.ready -= n
	return n, nil
}

// fill reads more into pending.
func (c *framedConn) fill() error {
	if len(c.pending) == 0 {
		c.pending = c.buf[:0]
	}
	if cap(c.pending)-len(c.pending) < frameHeadBytes+maxFrameBytes {
		grown := make([]byte, len(c.pending), 2*(frameHeadBytes+maxFrameBytes))
		copy(grown, c.pending)
		c.buf, c.pending = grown[:0], grown
	}
	n, err := c.Conn.Read(c.pending[len(c.pending):cap(c.pending)])
	c.pending = c.pending[:len(c.pending)+n]
	if n > 0 {
		return nil
	}
	return err
}

// look finds out how much of pending may be handed on, from ready on.
func (c *framedConn) look() {
	for c.err == nil {
		rest := c.pending[c.ready:]
		if c.pass > 0 {
			n := min(c.pass, len(rest))
			c.ready += n
			c.pass -= n
			if c.pass > 0 {
				return
			}
			continue
		}
		if len(rest) < frameHeadBytes {
			return
		}
		length := int(rest[0])<<16 | int(rest[1])<<8 | int(rest[2])
		kind, flags := http2.FrameType(rest[3]), http2.Flags(rest[4])
		watched := kind == http2.FrameSettings || kind == http2.FrameHeaders || kind == http2.FrameContinuation
		if !watched || length > maxFrameBytes { // the library says what is wrong with one that is too long
			c.pass = frameHeadBytes + length
			continue
		}
		if len(rest) < frameHeadBytes+length {
			return
		}
		payload := rest[frameHeadBytes : frameHeadBytes+length]
		switch kind {
		case http2.FrameSettings:
			dropRepeated(payload)
		case http2.FrameHeaders:
			c.block(headerBlock(payload, flags), flags)
		default:
			c.block(payload, flags)
		}
		if c.err == nil {
			c.ready += frameHeadBytes + length
		}
	}
}

// dropRepeated makes settings that are there again later in the frame unknown ones, which nobody heeds: the last value counts, and
// the library takes a setting that is repeated for an attack.
func dropRepeated(settings []byte) {
	const size = 6
	if len(settings) > maxSettings*size {
		return // which the library refuses
	}
	for i := 0; i+size <= len(settings); i += size {
		for j := i + size; j+size <= len(settings); j += size {
			if binary.BigEndian.Uint16(settings[i:]) == binary.BigEndian.Uint16(settings[j:]) {
				binary.BigEndian.PutUint16(settings[i:], unknownSetting+uint16(i/size))
				break
			}
		}
	}
}

const (
	// maxSettings is how many settings the library reads in one frame.
	maxSettings = 100

	// unknownSetting is the first of maxSettings identifiers that no setting has; none of them is reserved either.
	unknownSetting = 0xFA00
)

// headerBlock returns the part of a HEADERS frame that is the header block.
func headerBlock(payload []byte, flags http2.Flags) []byte {
	padding := 0
	if flags.Has(http2.FlagHeadersPadded) && len(payload) > 0 {
		padding, payload = int(payload[0]), payload[1:]
	}
	if flags.Has(http2.FlagHeadersPriority) {
		payload = payload[min(5, len(payload)):]
	}
	return payload[:max(0, len(payload)-padding)]
}

// block reads a part of a header block. What can't be decoded is left to the library, which ends the connection.
func (c *framedConn) block(part []byte, flags http2.Flags) {
	if c.headers == nil {
		return
	}
	if _, err := c.headers.Write(part); err != nil {
		c.headers = nil
		return
	}
	if !flags.Has(http2.FlagHeadersEndHeaders) {
		return
	}
	if c.headers.Close() != nil {
		c.headers = nil
	} else if c.bad {
		c.err = errMalformed
	}
}

// field looks at a header of a request.
//
// RFC 7540, section 8.1.2.2: headers about the connection make a request malformed, and so does TE with anything but trailers.
func (c *framedConn) field(f hpack.HeaderField) {
	switch f.Name {
	case "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade":
		c.bad = true
	case "te":
		c.bad = c.bad || !strings.EqualFold(f.Value, "trailers")
	}
}

// secureEnough reports whether HTTP/2 may be spoken over the connection: TLS 1.2 and later, with a cipher suite that is not
// prohibited. The library sees decrypted bytes only and can't ask.
//
// RFC 7540, sections 9.2 and 9.2.2.
func secureEnough(state *tls.ConnectionState) bool {
	if state.Version >= tls.VersionTLS13 {
		return true
	}
	switch state.CipherSuite {
	case tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:
		return state.Version == tls.VersionTLS12
	}
	return false
}

// refuseHTTP2 ends a connection that is not secure enough for HTTP/2, and says so.
func (s *Server) refuseHTTP2(tc *tls.Conn) {
	defer tc.Close()
	if tc.SetWriteDeadline(time.Now().Add(s.cfg.WriteTimeout)) != nil {
		return
	}
	f := http2.NewFramer(tc, nil)
	if f.WriteSettings() == nil {
		_ = f.WriteGoAway(0, http2.ErrCodeInadequateSecurity, nil) // whoever is gone needs no reason
	}
}
