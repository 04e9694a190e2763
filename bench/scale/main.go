// Command scale measures what grows with what is configured, and what changes cost while requests go on: start with a store, idle
// memory, writes of the control plane, import and deployment of many methods, memory for each route, many APIs, and the latency of
// requests while their API is deployed over and over.
//
//	go run ./bench/scale [-apis 1000] [-time 20s] [-only REGEXP] [-json FILE] [-doc docs/performance.md]
//
// Each number comes from a `sluice serve` of its own with a store on the disk, so it needs a disk that is as fast as the one
// that matters, and Linux (/proc). Start reading at steps.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// options are the flags.
type options struct {
	apis        int
	routes      int
	connections int
	time        time.Duration
	only        string
	json, doc   string

	yardstick bool
}

func main() {
	var o options
	flag.IntVar(&o.apis, "apis", 1000, "how many APIs are many")
	flag.IntVar(&o.routes, "routes", 10_000, "how many routes are many")
	flag.IntVar(&o.connections, "connections", 64, "connections of the load generator")
	flag.DurationVar(&o.time, "time", 20*time.Second, "time of each load")
	flag.StringVar(&o.only, "only", "", "take only the steps whose name has a match of this regular expression")
	flag.StringVar(&o.json, "json", "", "file for all numbers")
	flag.StringVar(&o.doc, "doc", "", "document whose table is replaced by that of this run")
	flag.BoolVar(&o.yardstick, "yardstick", false, "be the server that latencies are held against instead (used by the program itself)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	serve := run
	if o.yardstick {
		serve = serveYardstick
	}
	if err := serve(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

// finding is one number of a run.
type finding struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Most  float64 `json:"most,omitempty"` // what it is to be at most; 0 where nothing was promised
}

// String returns the finding as a row of a table.
func (f finding) String() string {
	most, held := "", ""
	if f.Most > 0 {
		most, held = fmt.Sprintf("%g %s", f.Most, f.Unit), "held"
		if f.Value > f.Most {
			held = "**missed**"
		}
	}
	return fmt.Sprintf("| %s | %s %s | %s | %s |", f.Name, amount(f.Value), f.Unit, most, held)
}

// amount prints a number with as many digits as mean something.
func amount(value float64) string {
	if value < 10 {
		return fmt.Sprintf("%.2f", value)
	}
	return fmt.Sprintf("%.0f", value)
}

// bench is a run.
type bench struct {
	options
	fleet    *rig.Fleet
	findings []finding
}

// add keeps a finding and says it.
func (b *bench) add(name string, value float64, unit string, most float64) {
	f := finding{name, value, unit, most}
	b.findings = append(b.findings, f)
	fmt.Fprintln(os.Stderr, f)
}

// run measures and reports.
func run(ctx context.Context, o options, out io.Writer) error {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	f, err := rig.NewFleet()
	if err != nil {
		return err
	}
	defer f.Stop()
	b := &bench{options: o, fleet: f}
	if err := f.Build(ctx); err != nil {
		return err
	}
	for _, step := range steps {
		if !only.MatchString(step.name) {
			continue
		}
		if err := step.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w\n%s", step.name, err, f.Said())
		}
	}
	return b.report(out)
}

// report writes the table and the files that were asked for.
func (b *bench) report(out io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s, on %s. Go %s.\n\n", time.Now().UTC().Format("2006-01-02"), strings.Join(rig.Machine(), ", "), strings.TrimPrefix(runtime.Version(), "go"))
	text.WriteString("| | | at most | |\n| --- | ---: | ---: | --- |\n")
	for _, f := range b.findings {
		fmt.Fprintln(&text, f)
	}
	if _, err := io.WriteString(out, text.String()); err != nil {
		return err
	}
	if b.json != "" {
		if err := rig.WriteJSON(b.json, b.findings); err != nil {
			return err
		}
	}
	if b.doc != "" {
		return rig.ReplaceSection(b.doc, "scale", text.String())
	}
	return nil
}

// serveYardstick is a server on fasthttp that answers everything with a constant: what it takes is the machine's and the load
// generator's. It prints its address and ends with ctx.
func serveYardstick(ctx context.Context, _ options, out io.Writer) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := fasthttp.Server{Handler: func(c *fasthttp.RequestCtx) {
		c.SetContentType("application/json")
		c.SetBodyString(`{"path": "/group0/resource0", "id": ""}`)
	}}
	context.AfterFunc(ctx, func() { _ = ln.Close() })
	fmt.Fprintln(out, ln.Addr())
	if err := server.Serve(ln); ctx.Err() == nil {
		return err
	}
	return nil
}
