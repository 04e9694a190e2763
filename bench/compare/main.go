// Command compare measures what a request costs, side by side in one run: Sluice, nginx, HAProxy, Caddy, a proxy on fasthttp, one
// on net/http, and what this program's listener and client cost with no gateway between them.
//
//	go run ./bench/compare [-rounds 9] [-time 500ms] [-connections 64] [-rate 2000] [-only REGEXP] [-json FILE] [-doc FILE] [-pgo FILE]
//
// All processes share the machine with the load generator, so that throughput says little by itself; CPU time per request of the
// serving processes does not depend on who else runs. The servers are measured in turn, round after round, so that whatever
// slows the machine slows all of them, and what is shown are medians of rounds and ratios in one run. In each round a server is
// loaded by clients that ask as fast as they are answered, in several short turns with those of the others between them, and at a fixed
// rate at which requests are due at their time whether or not those before them were answered, so that no wait is hidden.
//
// What is not installed is left out, and said so. It needs Linux (/proc). Start reading at run; servers.go and sluice.go start what is measured,
// roles.go is what this program is when it is a server itself, measure.go the load, profile.go a profile of it, report.go the tables.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// options are the flags.
type options struct {
	connections int
	rounds      int
	time        time.Duration
	rate        int
	only        string
	json        string
	doc         string
	pgo         string

	role, backend string
}

func main() {
	var o options
	flag.IntVar(&o.connections, "connections", 64, "connections of the load generator")
	flag.IntVar(&o.rounds, "rounds", 9, "rounds over all servers")
	flag.DurationVar(&o.time, "time", 500*time.Millisecond, "time of one measurement")
	flag.IntVar(&o.rate, "rate", 2000, "requests a second of the measurement at a fixed rate")
	flag.StringVar(&o.only, "only", "", "measure only scenarios whose name has a match of this regular expression")
	flag.StringVar(&o.json, "json", "", "file for all numbers")
	flag.StringVar(&o.doc, "doc", "", "document whose tables are replaced by those of this run")
	flag.StringVar(&o.pgo, "pgo", "", "file for a CPU profile of Sluice under the scenarios, such as cmd/sluice/default.pgo; it is taken after the rounds")
	flag.StringVar(&o.role, "role", "", "be a server instead: backend, fasthttp, nethttp or bare (used by the program itself)")
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
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// run starts the servers, measures them, prints the tables and stops them.
func run(ctx context.Context, o options, out io.Writer) error {
	f, err := rig.NewFleet()
	if err != nil {
		return err
	}
	defer f.Stop()
	if err := compare(ctx, o, f, out); err != nil {
		return fmt.Errorf("%w\n%s", err, f.Said())
	}
	return nil
}

// compare is run with a fleet that the caller stops.
func compare(ctx context.Context, o options, f *rig.Fleet, out io.Writer) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	r := newRun(o)
	targets, err := startAll(ctx, f, r)
	if err != nil {
		return err
	}
	for round := range o.rounds {
		for _, s := range scenarios {
			if !only.MatchString(s.name) {
				continue
			}
			turns, err := measure(ctx, s.name, targets, o)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", s.name, round+1, err)
			}
			for _, t := range turns {
				r.add(s.name, t.target.name, t.measurement)
			}
		}
		fmt.Fprintf(os.Stderr, "compare: round %d of %d\n", round+1, o.rounds)
	}
	if o.pgo != "" {
		if err := profile(ctx, f, targets[0], o, only); err != nil {
			return fmt.Errorf("-pgo: %w", err)
		}
	}
	return r.report(out)
}

// scenario is what is asked of the servers that can do it.
type scenario struct {
	name string
	what string // in a sentence, for the document
}

// The names of scenarios that ratios refer to.
const (
	proxy16    = "HTTP_PROXY, 16 B"
	proxy1K    = "HTTP_PROXY, 1 KiB"
	proxy100K  = "HTTP_PROXY, 100 KiB"
	mock       = "MOCK"
	http       = "HTTP, both templates"
	function   = "AWS_PROXY"
	cached     = "cache hit"
	token      = "JWT"
	key        = "API key"
	resources0 = "10 resources"
	resources1 = "1,000 resources"
	resources2 = "10,000 resources"
)

var scenarios = []scenario{
	{proxy16, "a back end's answer of 16 bytes passed on"},
	{proxy1K, "a back end's answer of 1 KiB passed on"},
	{proxy100K, "a back end's answer of 100 KiB passed on"},
	{mock, "MOCK with request and response template; of the others an answer from their configuration"},
	{http, "a back end's JSON of 1 KiB made into another object, the request made by a template too"},
	{function, "a Lambda function's proxy result of 1 KiB, the function being a stub; event and signature included"},
	{cached, "an answer of 1 KiB from the response cache"},
	{token, "HTTP_PROXY, 1 KiB, for the bearer of a user pool's token"},
	{key, "HTTP_PROXY, 1 KiB, for the owner of an API key in a usage plan with throttle and quota"},
	{resources0, "HTTP_PROXY, 1 KiB, in an API of 10 resources"},
	{resources1, "HTTP_PROXY, 1 KiB, in an API of 1,000 resources"},
	{resources2, "HTTP_PROXY, 1 KiB, in an API of 10,000 resources"},
}
