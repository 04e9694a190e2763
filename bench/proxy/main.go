// Command proxy measures what a request costs: CPU time of the serving process per request, for
// HTTP_PROXY and MOCK, beside nginx (where it is installed) and a plain net/http server, in one run.
//
//	go run ./bench/proxy [-connections 64] [-rounds 5] [-time 800ms]
//
// All processes share the machine, so throughput says little; CPU time per request does not depend on
// who else runs. The servers are measured in turn, round by round, and the table shows medians and
// the ratio to nginx. Below it stand start, memory and deployment of a large API. It needs Linux (/proc).
// Start reading at run; targets.go starts the servers, load.go is the load generator, roles.go what this
// program is when it is a server itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
	"time"
)

// options are the flags.
type options struct {
	connections int
	rounds      int
	time        time.Duration
	role        string
	backend     string
}

func main() {
	var o options
	flag.IntVar(&o.connections, "connections", 64, "connections of the load generator")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds over all servers")
	flag.DurationVar(&o.time, "time", 800*time.Millisecond, "time of one measurement")
	flag.StringVar(&o.role, "role", "", "be a server instead: backend, nethttp or bare (used by the program itself)")
	flag.StringVar(&o.backend, "backend", "", "address of the back end, for -role")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if o.role != "" {
		err = serveRole(ctx, o.role, o.backend)
	} else {
		err = run(ctx, o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// scenario is what is asked of every server.
type scenario struct {
	name string
	path string
}

var scenarios = []scenario{
	{"HTTP_PROXY, 1 KiB", "/v1/proxy"},
	{"MOCK, both templates", "/v1/mock"},
}

// series is the measurements of one server in one scenario.
type series struct {
	cpu  []float64 // microseconds per request
	rate []float64 // requests per second
}

// run starts the servers, measures them, prints the table and stops them.
func run(ctx context.Context, o options, out io.Writer) error {
	f, err := newFleet()
	if err != nil {
		return err
	}
	defer f.stop()
	if err := f.run(ctx, o, out); err != nil {
		return fmt.Errorf("%w\n%s", err, f.said())
	}
	return nil
}

// run does the work of run with a fleet that the caller stops.
func (f *fleet) run(ctx context.Context, o options, out io.Writer) error {
	targets, err := f.startTargets(ctx)
	if err != nil {
		return err
	}
	results := make(map[scenario]map[string]*series)
	for _, s := range scenarios {
		results[s] = make(map[string]*series)
		for _, t := range targets {
			results[s][t.name] = new(series)
		}
	}
	for round := range o.rounds {
		for _, s := range scenarios {
			for _, t := range targets {
				if !t.serves(s) {
					continue
				}
				if err := measure(ctx, t, s, o, results[s][t.name]); err != nil {
					return fmt.Errorf("%s, %s, round %d: %w", t.name, s.name, round+1, err)
				}
			}
		}
	}
	if err := report(out, o, targets, results); err != nil {
		return err
	}
	return f.reportLife(ctx, out)
}

// measure adds one measurement of a server to its series.
func measure(ctx context.Context, t *target, s scenario, o options, r *series) error {
	// A short warm-up fills pools and caches and is not counted.
	if _, err := load(ctx, t.address, s.path, t.host, o.connections, o.time/5); err != nil {
		return err
	}
	before, err := t.cpuTime()
	if err != nil {
		return err
	}
	began := time.Now()
	n, err := load(ctx, t.address, s.path, t.host, o.connections, o.time)
	if err != nil {
		return err
	}
	took := time.Since(began)
	after, err := t.cpuTime()
	if err != nil {
		return err
	}
	r.cpu = append(r.cpu, float64((after-before).Nanoseconds())/1000/float64(n))
	r.rate = append(r.rate, float64(n)/took.Seconds())
	return nil
}

// report prints the table.
func report(out io.Writer, o options, targets []*target, results map[scenario]map[string]*series) error {
	fmt.Fprintf(out, "%d connections, %d rounds of %v; CPU time of the serving process\n\n", o.connections, o.rounds, o.time)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\tserver\tCPU µs/request\tmin\tmax\trequests/s\tagainst nginx\t")
	for _, s := range scenarios {
		var nginx float64
		if r := results[s]["nginx"]; r != nil {
			nginx = median(r.cpu)
		}
		for _, t := range targets {
			r := results[s][t.name]
			if len(r.cpu) == 0 {
				continue
			}
			ratio := "-"
			if nginx > 0 {
				ratio = fmt.Sprintf("%.2f", median(r.cpu)/nginx)
			}
			fmt.Fprintf(w, "%s\t%s\t%.1f\t%.1f\t%.1f\t%.0f\t%s\t\n",
				s.name, t.name, median(r.cpu), slices.Min(r.cpu), slices.Max(r.cpu), median(r.rate), ratio)
		}
	}
	return w.Flush()
}

// median returns the middle value, 0 without values.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
