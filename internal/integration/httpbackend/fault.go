package httpbackend

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// fault says what kind of failure err is. Whatever happens at or after the deadline is a timeout.
func fault(ctx context.Context, err error, deadline time.Time) *integration.Error {
	var known *integration.Error
	if errors.As(err, &known) {
		return known
	}
	kind := integration.Network
	var timeout net.Error
	var refused *refusedError
	var unresolved *net.DNSError
	switch {
	case ctx.Err() != nil:
		kind = integration.Canceled
	case errors.As(err, &timeout) && timeout.Timeout() && !time.Now().Before(deadline):
		kind = integration.Timeout
	case errors.As(err, &refused), errors.As(err, &unresolved):
		kind = integration.InvalidAddress
	}
	return &integration.Error{Kind: kind, Err: err}
}
