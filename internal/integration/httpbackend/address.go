package httpbackend

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// endpoint identifies connections that can stand for each other.
type endpoint struct {
	secure bool // https
	host   string
	port   string
	tls    integration.TLS // zero for http

	address string // host:port that is dialled instead, or ""
	trusted bool   // the guard is not asked
}

// endpointOf reads scheme, host and port of a request's URI and checks that the whole can be sent. The error
// is an *integration.Error of kind InvalidAddress.
//
// AWS: Amazon API Gateway important notes (integration ports 80, 443 and 1024-65535).
func endpointOf(req *integration.Request) (endpoint, error) {
	e := endpoint{port: "80", address: req.Address, trusted: req.Trusted}
	uri := &req.URI
	switch {
	case strings.EqualFold(uri.Scheme, "http"):
	case strings.EqualFold(uri.Scheme, "https"):
		e.secure, e.port, e.tls = true, "443", req.TLS
	default:
		return e, invalid("scheme %q is neither http nor https", uri.Scheme)
	}
	var ok bool
	if e.host, e.port, ok = splitHost(uri.Host, e.port); !ok {
		return e, invalid("host %q", uri.Host)
	}
	if n, err := strconv.Atoi(e.port); err != nil || n != 80 && n != 443 && (n < 1024 || n > 65535) {
		return e, invalid("port %q is not 80, 443 or 1024 to 65535", e.port)
	}
	if !isSendable(uri.Path) || !isSendable(uri.Query) || !isSendable(uri.Host) {
		return e, invalid("blank or control character")
	}
	return e, nil
}

// splitHost splits "host", "host:port" and "[v6]:port". The host is without brackets.
func splitHost(s, defaultPort string) (host, port string, ok bool) {
	host, port = s, defaultPort
	if strings.HasPrefix(s, "[") || strings.IndexByte(s, ':') >= 0 {
		if strings.HasSuffix(s, "]") {
			host = s[1 : len(s)-1]
		} else {
			var err error
			if host, port, err = net.SplitHostPort(s); err != nil {
				return "", "", false
			}
		}
	}
	return host, port, host != "" && !strings.ContainsAny(host, "@/?#\\%")
}

// isSendable reports whether s can stand in a request line.
func isSendable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// invalid returns an error for a URI that can't be called.
func invalid(format string, args ...any) *integration.Error {
	return &integration.Error{Kind: integration.InvalidAddress, Err: fmt.Errorf(format, args...)}
}
