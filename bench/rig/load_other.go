//go:build !linux

package rig

import (
	"context"
	"errors"
)

// load is there on Linux only.
func load(context.Context, string, []byte, int, pace) (*Histogram, error) {
	return nil, errors.New("the load generator needs Linux")
}
