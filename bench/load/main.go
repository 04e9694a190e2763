// Command load holds a running server under a mix of calls for minutes and looks for what only shows then: answers that
// belong to another request, errors, goroutines, connections and memory that grow.
//
//	go run ./bench/load [-duration 10m] [-connections 256]
//
// It starts `sluice serve` as a process of its own, with logs, traces, a cache and a VPC link, and plays all back ends itself:
// an HTTP server, Lambda, an AWS service. Each request carries a nonce that must come back in a header and fill the body of
// its own answer. Every interval the clients pause, the server collects its garbage, and its goroutines, heap, memory and
// open files are counted; the last count is held against the first, which is taken after a warm-up. The program ends with
// status 1 where something does not hold.
//
// Start reading at run; scenarios.go is what is called, backends.go what answers, watch.go what is counted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// options are the flags.
type options struct {
	duration    time.Duration
	connections int
	interval    time.Duration // between two counts
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long, warm-up included")
	flag.IntVar(&o.connections, "connections", 256, "connections of clients")
	flag.DurationVar(&o.interval, "interval", 30*time.Second, "time between two counts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run starts everything, loads it, and prints what it found. The error is what does not hold.
func run(ctx context.Context, o options, out io.Writer) error {
	f, err := rig.NewFleet()
	if err != nil {
		return err
	}
	defer f.Stop()
	if err := load(ctx, o, out, f); err != nil {
		return fmt.Errorf("%w\n%s", err, f.Said())
	}
	return nil
}

// load is run with a fleet that the caller stops.
func load(ctx context.Context, o options, out io.Writer, f *rig.Fleet) error {
	back, err := startBackends()
	if err != nil {
		return err
	}
	defer back.close()
	s, api, err := deploy(ctx, f, back)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d connections, %v, %d kinds of calls\n\n", o.connections, o.duration, len(scenarios))
	w := &watch{server: s, out: out}
	results, err := callAll(ctx, o, s, api, w)
	if err != nil {
		return err
	}
	if err := report(out, results, o.duration); err != nil {
		return err
	}
	return w.judge()
}

// result is what became of the calls of one scenario.
type result struct {
	latency rig.Histogram
}

// callAll calls on all connections until the time is over, with pauses in which the server is counted. The first answer that
// is wrong ends it.
func callAll(ctx context.Context, o options, s *rig.Sluice, api string, w *watch) ([]result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	end := time.Now().Add(o.duration)
	var gate sync.RWMutex // held by each request, and by a pause
	var mu sync.Mutex
	total := make([]result, len(scenarios))
	var clients sync.WaitGroup
	for i := range o.connections {
		clients.Go(func() {
			c := &caller{worker: i, address: s.Gateway, host: rig.Host(api), gate: &gate, results: make([]result, len(scenarios))}
			if err := c.callUntil(ctx, end); err != nil {
				cancel(fmt.Errorf("connection %d: %w", i, err))
			}
			mu.Lock()
			defer mu.Unlock()
			for j := range total {
				total[j].latency.Add(&c.results[j].latency)
			}
		})
	}
	pauses(ctx, o, &gate, w, cancel)
	clients.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return total, w.count(ctx, "end")
}

// pauses counts the server every interval until the load is over, the first time after a warm-up.
func pauses(ctx context.Context, o options, gate *sync.RWMutex, w *watch, cancel context.CancelCauseFunc) {
	began := time.Now()
	next := began.Add(min(o.interval, o.duration/4))
	for next.Before(began.Add(o.duration - o.interval/2)) {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(next)):
		}
		gate.Lock()
		err := w.count(ctx, time.Since(began).Round(time.Second).String())
		gate.Unlock()
		if err != nil {
			cancel(err)
			return
		}
		next = next.Add(o.interval)
	}
}

// caller is one connection of the load.
type caller struct {
	worker  int
	address string
	host    string
	gate    *sync.RWMutex
	results []result

	calls   int
	request []byte
	want    []byte
}

// callUntil calls scenarios in turn until the end.
func (c *caller) callUntil(ctx context.Context, end time.Time) error {
	client, err := rig.Dial(c.address)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.SetDeadline(end.Add(time.Minute)); err != nil {
		return err
	}
	for time.Now().Before(end) && ctx.Err() == nil {
		// A step that shares no factor with most counts, so that connections do not march in step.
		i := (c.worker + c.calls*7) % len(scenarios)
		if err := c.call(client, i); err != nil {
			return fmt.Errorf("%s: %w", scenarios[i].name, err)
		}
		c.calls++
	}
	return nil
}

// call makes one call and checks its answer.
func (c *caller) call(client *rig.Client, i int) error {
	s := &scenarios[i]
	nonce := fmt.Sprintf("%08x-0000-4000-8000-%012x", c.worker, c.calls)
	size := sizes[c.calls%len(sizes)]
	c.request = s.request(c.request[:0], c.host, nonce, size, c.calls)
	c.gate.RLock()
	defer c.gate.RUnlock()
	began := time.Now()
	answer, err := client.Do(c.request)
	if err != nil {
		return err
	}
	c.results[i].latency.Record(time.Since(began))
	c.want = s.body(c.want[:0], nonce, size, c.calls)
	return s.check(answer, nonce, string(c.want))
}

// report prints the table of calls.
func report(out io.Writer, results []result, took time.Duration) error {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\ncall\trequests\t/s\tp50 ms\tp99 ms\tp99.9 ms\tlongest ms\t")
	var all rig.Histogram
	row := func(name string, h *rig.Histogram) {
		ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
		fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t%s\t%s\t\n", name, h.Count(), float64(h.Count())/took.Seconds(),
			ms(h.Quantile(0.5)), ms(h.Quantile(0.99)), ms(h.Quantile(0.999)), ms(h.Max()))
	}
	var silent []string
	for i := range results {
		row(scenarios[i].name, &results[i].latency)
		all.Add(&results[i].latency)
		if results[i].latency.Count() == 0 {
			silent = append(silent, scenarios[i].name)
		}
	}
	row("all", &all)
	if err := w.Flush(); err != nil {
		return err
	}
	if len(silent) > 0 {
		return errors.New("never called: " + strings.Join(silent, ", "))
	}
	return nil
}
