package server

import (
	"log/slog"
	"os"
	"strings"

	"github.com/sluice-gateway/sluice/internal/observe"
)

// daemonVariable is where the X-Ray SDKs look for the daemon. It may name one address for both protocols, "host:port", or
// "tcp:host:port udp:host:port".
//
// AWS: Configuring the X-Ray SDK for Go (environment variables).
const daemonVariable = "AWS_XRAY_DAEMON_ADDRESS"

// openSegments returns what sends the segments of traces, nil where nobody said where to.
func openSegments(c *Config, logger *slog.Logger) (*observe.Segments, error) {
	getenv := c.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	address := c.XRayDaemon
	if address == "" {
		address = daemonAddress(getenv(daemonVariable))
	}
	if address == "" {
		return nil, nil
	}
	return observe.OpenSegments(address, logger)
}

// daemonAddress returns the UDP address that the value of the variable has.
func daemonAddress(value string) string {
	for field := range strings.FieldsSeq(value) {
		if address, ok := strings.CutPrefix(field, "udp:"); ok {
			return address
		}
		if !strings.HasPrefix(field, "tcp:") {
			return field
		}
	}
	return ""
}
