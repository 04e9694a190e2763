package gateway_test

import (
	"math"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// The share of a canary is one of random draws: its limits are exact.
func TestCanaryShare(t *testing.T) {
	const unit = 1 << 11 // the smallest difference that a draw sees
	percent := func(p float64) uint64 { return uint64(p / 100 * math.MaxUint64) }
	tests := []struct {
		name    string
		percent float64
		drawn   uint64
		canary  bool
	}{
		{"nothing", 0, 0, false},
		{"everything", 100, math.MaxUint64, true},
		{"the least of a quarter", 25, 0, true},
		{"the end of a quarter", 25, 1<<62 - unit, true},
		{"behind a quarter", 25, 1 << 62, false},
		{"fractions", 0.5, percent(0.49), true},
		{"more than a fraction", 0.5, percent(0.51), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			base, released := newWorld().method("GET", "/x", mockMethod("base")), newWorld().method("GET", "/x", mockMethod("canary"))
			released.api.DeploymentID = "dep2"
			p, _ := plan.Compile(&released.api)
			base.stage.CanarySettings = &apigw.CanarySettings{DeploymentId: new("dep2"), PercentTraffic: &tt.percent}
			stage, _ := plan.BindCanary(base.bind(t)[0], p, &base.stage)
			table, err := gateway.NewTable(gateway.TableConfig{Stages: []*plan.Stage{stage}})
			if err != nil {
				t.Fatal(err)
			}
			gw := gateway.New(gateway.Config{Random: func() uint64 { return tt.drawn }})
			gw.Swap(table)
			want := "base"
			if tt.canary {
				want = "canary"
			}
			if got := serve(gw, "GET /v1/x\n\n"); !strings.HasSuffix(got, "\n"+want) {
				t.Errorf("got %q, want the answer of %s", got, want)
			}
		})
	}
}
