package vpclink

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// watch checks a target regularly until ctx ends.
func (v *Integration) watch(ctx context.Context, g *group, t *target, probe func(context.Context, HealthCheck, string) error) {
	ticker := time.NewTicker(g.health.Interval)
	defer ticker.Stop()
	for {
		checking, cancel := context.WithTimeout(ctx, g.health.Timeout)
		err := probe(checking, g.health, t.address)
		cancel()
		if ctx.Err() != nil {
			return
		}
		v.report(g, t, err)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// report counts a check of a target, or a connection for a call that could not be made, which says as
// much as a check. Where nobody checks, nobody would notice a recovery: such a target stays healthy.
func (v *Integration) report(g *group, t *target, err error) {
	if g.health.Protocol == Unchecked {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case err == nil:
		t.streak = max(t.streak, 0) + 1
	default:
		t.streak = min(t.streak, 0) - 1
	}
	switch healthy := t.healthy.Load(); {
	case healthy && -t.streak >= g.health.Fall:
		t.healthy.Store(false)
		v.logger.Warn("target of a VPC link is unhealthy", "link", g.name, "target", t.address, "error", err)
	case !healthy && t.streak >= g.health.Rise:
		t.healthy.Store(true)
		v.logger.Info("target of a VPC link is healthy", "link", g.name, "target", t.address)
	}
}

// check checks a target once.
func check(ctx context.Context, h HealthCheck, address string) error {
	if h.Protocol == TCP {
		var dialer net.Dialer
		c, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+h.Path, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "sluice-health-check")
	// Each check has a connection of its own: it is also about whether one can be made.
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return fmt.Errorf("GET %s: status %d", h.Path, resp.StatusCode)
	}
	return nil
}
