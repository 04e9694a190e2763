// Package conformance_test runs the black-box fixtures of this directory against the whole server.
package conformance_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/internal/gwtest"
)

func TestFixtures(t *testing.T) { gwtest.RunFixtures(t, "*.txtar") }
