//go:build !linux

package rig

import (
	"context"
	"errors"
)

// generator is there on Linux only.
type generator struct{ latency Histogram }

func newGenerator(string, []byte, int) (*generator, error) {
	return nil, errors.New("the load generator needs Linux")
}

func (*generator) load(context.Context, pace) error { return nil }

func (*generator) close() {}
