package rig

import (
	"math"
	"testing"
	"time"
)

func TestHistogram(t *testing.T) {
	var h, other Histogram
	for i := 1; i <= 1000; i++ {
		h.Record(time.Duration(i) * time.Millisecond)
		other.Record(time.Duration(i) * time.Microsecond)
	}
	for part, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 1: time.Second} {
		if got := h.Quantile(part); math.Abs(float64(got-want)) > 0.04*float64(want) {
			t.Errorf("%v: got %v, want about %v", part, got, want)
		}
	}
	h.Add(&other)
	if h.Count() != 2000 || h.Max() != time.Second || h.Quantile(0.5) > 1100*time.Microsecond {
		t.Errorf("count %d, longest %v, median %v", h.Count(), h.Max(), h.Quantile(0.5))
	}
	if got := (&Histogram{}).Quantile(0.5); got != 0 {
		t.Errorf("median of nothing %v", got)
	}
}

// Every duration is in a bucket that can hold it, and buckets have an order.
func TestBuckets(t *testing.T) {
	last := -1
	for micros := uint64(0); micros < 1<<40; micros += micros/50 + 1 {
		b := bucket(micros)
		if b < last || upper(b) < micros || b > 0 && upper(b-1) >= micros {
			t.Fatalf("%d is in bucket %d, after %d, up to %d", micros, b, last, upper(b))
		}
		last = b
	}
}
