// Hot path.

package memlimit

import (
	"context"
	"time"

	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
)

// counter is the state of a counter. Its day only goes forward.
type counter struct {
	day        quota.Day
	used       int64 // on that day
	period     quota.Day
	periodUsed int64
	granted    int64
	quota      quota.Quota // that it had last
	changed    bool        // since Changed was called last
}

// count counts a request, unless the quota is spent.
func (l *Limiter) count(now time.Time, use *limit.Use) bool {
	s := l.shard(use.Counter)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counter(now, use)
	if use.Quota.Period != quota.None && c.remaining() == 0 {
		return false
	}
	c.used++
	c.periodUsed++
	c.changed = true
	return true
}

// counter returns the counter of a use, on the day of now and with the quota of the use. The lock is held.
func (s *shard) counter(now time.Time, use *limit.Use) *counter {
	c := s.counters[use.Counter]
	if c == nil {
		c = &counter{day: -1, period: -1}
		s.counters[use.Counter] = c
	}
	day, before := quota.DayOf(now), c.quota.Period
	c.quota = use.Quota
	if day > c.day {
		if c.changed {
			s.finished = append(s.finished, c.count(use.Counter))
		}
		c.day, c.used, c.changed = day, 0, false
	} else if before == c.quota.Period {
		return c
	}
	if start := c.quota.Period.Start(c.day); start != c.period {
		c.period, c.periodUsed, c.granted = start, 0, 0
	}
	return c
}

// remaining returns how many requests are left in the period, 0 without a quota.
func (c *counter) remaining() int64 {
	if c.quota.Period == quota.None {
		return 0
	}
	return max(0, c.quota.Allowance(c.period)+c.granted-c.periodUsed)
}

// count returns what the counter has.
func (c *counter) count(name string) limit.Count {
	return limit.Count{
		Counter: name, Day: c.day, Used: c.used, Remaining: c.remaining(), Period: c.period, PeriodUsed: c.periodUsed, Granted: c.granted,
	}
}

// SetRemaining is limit.Limiter.SetRemaining. It never fails.
func (l *Limiter) SetRemaining(_ context.Context, now time.Time, use *limit.Use, remaining int64) error {
	s := l.shard(use.Counter)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counter(now, use)
	c.granted = remaining - (c.quota.Allowance(c.period) - c.periodUsed)
	c.changed = true
	return nil
}

// Changed is limit.Limiter.Changed. It never fails.
func (l *Limiter) Changed(context.Context, time.Time) ([]limit.Count, error) {
	var counts []limit.Count
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.Lock()
		counts = append(counts, s.finished...)
		s.finished = nil
		for name, c := range s.counters {
			if c.changed {
				counts = append(counts, c.count(name))
				c.changed = false
			}
		}
		s.mu.Unlock()
	}
	return counts, nil
}

// Restore is limit.Limiter.Restore. It never fails.
func (l *Limiter) Restore(_ context.Context, counts []limit.Count) error {
	for i := range counts {
		count := &counts[i]
		s := l.shard(count.Counter)
		s.mu.Lock()
		if s.counters[count.Counter] == nil {
			s.counters[count.Counter] = &counter{
				day: count.Day, used: count.Used, period: count.Period, periodUsed: count.PeriodUsed, granted: count.Granted,
			}
		}
		s.mu.Unlock()
	}
	return nil
}

// Forget is limit.Limiter.Forget. It never fails.
func (l *Limiter) Forget(_ context.Context, counters []string) error {
	for _, name := range counters {
		s := l.shard(name)
		s.mu.Lock()
		delete(s.counters, name)
		s.mu.Unlock()
	}
	return nil
}
