package rig

import (
	"math/bits"
	"time"
)

// subBuckets is into how many equal parts each power of two of microseconds is divided: quantiles are at most 3 % too high.
const subBuckets = 32

// Histogram counts durations. The zero Histogram is empty. It belongs to one goroutine.
type Histogram struct {
	counts [64 * subBuckets]uint64
	total  uint64
	max    time.Duration
}

// bucket returns the place of a number of microseconds.
func bucket(micros uint64) int {
	if micros < subBuckets {
		return int(micros)
	}
	shift := bits.Len64(micros) - bits.Len64(subBuckets)
	return (shift+1)*subBuckets + int(micros>>shift) - subBuckets
}

// upper returns the largest number of microseconds of a bucket.
func upper(b int) uint64 {
	if b < subBuckets {
		return uint64(b)
	}
	shift := b/subBuckets - 1
	return (uint64(b%subBuckets+subBuckets)+1)<<shift - 1
}

// Record counts a duration.
func (h *Histogram) Record(d time.Duration) {
	h.counts[bucket(uint64(max(d, 0).Microseconds()))]++
	h.total++
	h.max = max(h.max, d)
}

// Add counts what another histogram has counted.
func (h *Histogram) Add(other *Histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
	h.total += other.total
	h.max = max(h.max, other.max)
}

// Count returns how many durations were counted.
func (h *Histogram) Count() uint64 { return h.total }

// Max returns the longest.
func (h *Histogram) Max() time.Duration { return h.max }

// Quantile returns a duration that the given part of all, from 0 to 1, does not exceed; 0 without any.
func (h *Histogram) Quantile(part float64) time.Duration {
	if h.total == 0 {
		return 0
	}
	wanted, seen := uint64(part*float64(h.total)), uint64(0)
	for i, n := range h.counts {
		seen += n
		if n > 0 && seen >= max(wanted, 1) {
			return min(time.Duration(upper(i))*time.Microsecond, h.max)
		}
	}
	return h.max
}
