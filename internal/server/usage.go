package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/quota"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

// usageInterval is how often the usage that was counted is written to the store. It is what a crash may lose.
const usageInterval = 2 * time.Second

// usageMonths is for how many months usage is kept.
const usageMonths = 13

// usageKeeper takes what the limiter counts to the store, and back when the program starts. No request waits for it: it
// writes everything that has changed in one transaction, every few seconds, when usage is asked for, and at the end.
//
// It implements control.UsageCounts and is safe for concurrent use.
type usageKeeper struct {
	store   store.Store
	limiter limit.Limiter
	plans   *usagePlans
	now     func() time.Time
	log     *slog.Logger

	mu      sync.Mutex    // held while usage is written
	pending []limit.Count // that could not be written yet
}

// openUsage makes what counts requests go on from where it was.
func (s *Server) openUsage(ctx context.Context) error {
	plans := newUsagePlans(s.gateway.SwapUsagePlans, s.limiter.Forget, s.log)
	s.usage = &usageKeeper{store: s.store, limiter: s.limiter, plans: plans, now: time.Now, log: s.log}
	return s.usage.restore(ctx)
}

// accountThrottle returns the throttle of accounts, nil where they have none.
func (c *Config) accountThrottle() *limit.Throttle {
	if c.AccountRate == 0 {
		return nil
	}
	return &limit.Throttle{RatePerSecond: float64(c.AccountRate), Burst: c.AccountBurst}
}

// accountSettings returns the throttle of accounts as GetAccount shows it: empty where they have none.
func (c *Config) accountSettings() *apigw.ThrottleSettings {
	if c.AccountRate == 0 {
		return &apigw.ThrottleSettings{}
	}
	return &apigw.ThrottleSettings{RateLimit: new(float64(c.AccountRate)), BurstLimit: new(int32(c.AccountBurst))}
}

// restore makes the limiter go on from where it was when its counts were last written.
func (k *usageKeeper) restore(ctx context.Context) error {
	var counts []limit.Count
	err := k.store.View(ctx, func(tx store.Tx) error {
		counts = counts[:0]
		for space := range store.Spaces(tx) {
			var last limit.Count // months come in order: the last one of a counter is the newest
			for key, value := range tx.Scan(space.AllUsage(), "") {
				count, err := countOf(key, value)
				if err != nil {
					k.log.ErrorContext(ctx, "a record of usage can't be read", "key", key, "error", err)
					continue
				}
				if last.Counter != "" && last.Counter != count.Counter {
					counts = append(counts, last)
				}
				last = count
			}
			if last.Counter != "" {
				counts = append(counts, last)
			}
		}
		return tx.Err()
	})
	if err == nil {
		err = k.limiter.Restore(ctx, counts)
	}
	if err != nil {
		return fmt.Errorf("restore the usage of usage plans: %w", err)
	}
	return nil
}

// countOf returns the count of the last day of a month from its record.
func countOf(key store.Key, value []byte) (limit.Count, error) {
	name, _ := key.Name()
	var month control.UsageMonth
	if err := json.Unmarshal(value, &month); err != nil {
		return limit.Count{}, err
	}
	if len(name.Path) != 3 || len(month.Days) == 0 {
		return limit.Count{}, errors.New("it has no days")
	}
	number := slices.Max(slices.Collect(maps.Keys(month.Days)))
	day, err := quota.ParseDay(fmt.Sprintf("%s-%02d", name.Path[2], number))
	if err != nil {
		return limit.Count{}, err
	}
	period, err := quota.ParseDay(month.Period)
	if err != nil {
		return limit.Count{}, err
	}
	return limit.Count{
		Counter: usageplan.Counter(spaceOf(name), name.Path[0], name.Path[1]), Day: day,
		Used: month.Days[number].Used, Remaining: month.Days[number].Remaining, Period: period, PeriodUsed: month.Used, Granted: month.Granted,
	}, nil
}

// run writes what was counted every few seconds until ctx ends. The last counts are written by Close of the server.
func (k *usageKeeper) run(ctx context.Context) {
	ticker := time.NewTicker(usageInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if err := k.Sync(ctx); err != nil && ctx.Err() == nil {
				k.log.ErrorContext(ctx, "usage of usage plans could not be stored; it is tried again", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Sync writes what was counted so far. What can't be written is kept for the next time.
func (k *usageKeeper) Sync(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	changed, err := k.limiter.Changed(ctx, k.now())
	if err != nil {
		return err
	}
	k.pending = merged(k.pending, changed)
	if len(k.pending) == 0 {
		return nil
	}
	if _, err := k.store.Update(ctx, k.write); err != nil {
		return err
	}
	k.pending = nil
	return nil
}

// merged returns counts with newer ones in place of those of the same counter and day, by counter and day.
func merged(counts, newer []limit.Count) []limit.Count {
	all := slices.Concat(counts, newer)
	slices.SortStableFunc(all, func(a, b limit.Count) int {
		return cmp.Or(cmp.Compare(a.Counter, b.Counter), cmp.Compare(a.Day, b.Day))
	})
	var kept []limit.Count
	for i := range all {
		if n := len(kept); n > 0 && kept[n-1].Counter == all[i].Counter && kept[n-1].Day == all[i].Day {
			kept[n-1] = all[i]
			continue
		}
		kept = append(kept, all[i])
	}
	return kept
}

// write puts the pending counts into their months. Those of keys that are no longer in their plan are left out.
func (k *usageKeeper) write(tx store.Tx) error {
	for i := range k.pending {
		count := &k.pending[i]
		space, plan, key, ok := usageplan.ParseCounter(count.Counter)
		if !ok {
			continue
		}
		in := store.In(space.AccountID, space.Region)
		if _, exists, err := tx.Get(in.UsagePlanKey(plan, key)); err != nil || !exists {
			if err != nil {
				return err
			}
			continue
		}
		if err := writeCount(tx, in, plan, key, count); err != nil {
			return err
		}
	}
	return nil
}

// writeCount puts a count into its month.
func writeCount(tx store.Tx, space store.Space, plan, apiKey string, count *limit.Count) error {
	month, number := count.Day.Month()
	key := space.UsageMonth(plan, apiKey, month)
	value, exists, err := tx.Get(key)
	if err != nil {
		return err
	}
	var record control.UsageMonth
	if exists {
		if err := json.Unmarshal(value, &record); err != nil {
			return fmt.Errorf("decode record %s: %w", key, err)
		}
	} else if err := dropOldUsage(tx, space, plan, apiKey, count.Day); err != nil {
		return err
	}
	if record.Days == nil {
		record.Days = map[int]control.UsageDay{}
	}
	record.Days[number] = control.UsageDay{Used: count.Used, Remaining: count.Remaining}
	record.Period, record.Used, record.Granted = count.Period.String(), count.PeriodUsed, count.Granted
	if value, err = json.Marshal(record); err != nil {
		return fmt.Errorf("encode record %s: %w", key, err)
	}
	return tx.Put(key, value)
}

// dropOldUsage deletes the months that are no longer kept on a day.
func dropOldUsage(tx store.Tx, space store.Space, plan, apiKey string, day quota.Day) error {
	oldest, _ := quota.DayOf(day.Time().AddDate(0, -usageMonths, 0)).Month()
	var old []store.Key
	for key := range tx.Scan(space.UsageOf(plan, apiKey), "") {
		if name, _ := key.Name(); name.Last() < oldest {
			old = append(old, key)
		}
	}
	for _, key := range old {
		if err := tx.Delete(key); err != nil {
			return err
		}
	}
	return tx.Err()
}

// SetRemaining sets how many requests a key may still send in the running period of a plan's quota, and writes it.
func (k *usageKeeper) SetRemaining(ctx context.Context, space store.Space, plan, apiKey string, remaining int64) error {
	use, known := k.plans.index.Load().Use(usageplan.Space{AccountID: space.Account, Region: space.Region}, plan, apiKey)
	if !known {
		return fmt.Errorf("the data plane does not know the key %s of the usage plan %s", apiKey, plan)
	}
	if err := k.limiter.SetRemaining(ctx, k.now(), &use.Limit, remaining); err != nil {
		return err
	}
	return k.Sync(ctx)
}
