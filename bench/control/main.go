// Command control measures PutIntegration over the wire: calls a second of clients that sign with Signature
// Version 4, against a server that keeps each acknowledged write on the disk, beside moto's server where it is installed.
//
//	go run ./bench/control [-clients 8] [-time 5s] [-rounds 3]
//
// Requests are signed before the measurement, since signing would cost the client more than the call costs the server.
// Each client puts integrations on methods of its own, and each put differs from the one before. Clients and
// servers share the machine. It needs Linux (/proc).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// options are the flags.
type options struct {
	clients int
	rounds  int
	time    time.Duration
	profile string
}

func main() {
	var o options
	flag.IntVar(&o.clients, "clients", 8, "clients, each with a connection")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds over all servers")
	flag.DurationVar(&o.time, "time", 5*time.Second, "time of one measurement")
	flag.StringVar(&o.profile, "profile", "", "file for a CPU profile of Sluice's first round")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// target is a server that is measured.
type target struct {
	name        string
	control     string // base URL
	process     int
	credentials aws.Credentials
	admin       string // of Sluice
}

// result is one measurement.
type result struct {
	rate     float64 // calls a second
	cpu      float64 // microseconds of the server's CPU time per call
	p50, p99 time.Duration
}

// run starts the servers, measures them in turn and prints the table.
func run(ctx context.Context, o options, out io.Writer) error {
	f, err := rig.NewFleet()
	if err != nil {
		return err
	}
	defer f.Stop()
	sluice, err := startSluice(ctx, f)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, f.Said())
	}
	targets := []*target{sluice}
	if moto, err := startMoto(ctx, f); err != nil {
		fmt.Fprintln(out, "moto: left out,", err)
	} else {
		targets = append(targets, moto)
	}
	results := map[*target][]result{}
	for round := range o.rounds {
		for _, t := range targets {
			if t == sluice && round == 0 && o.profile != "" {
				go profile(ctx, t, o)
			}
			r, err := measure(ctx, t, o)
			if err != nil {
				return fmt.Errorf("%s: %w\n%s", t.name, err, f.Said())
			}
			results[t] = append(results[t], r)
		}
	}
	fmt.Fprintf(out, "PutIntegration, %d clients, %v a round, medians of %d rounds\n", o.clients, o.time, o.rounds)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "server\tcalls/s\tCPU µs/call\tp50\tp99\t")
	for _, t := range targets {
		all := results[t]
		slices.SortFunc(all, func(a, b result) int { return int(a.rate - b.rate) })
		m := all[len(all)/2]
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%v\t%v\t\n", t.name, m.rate, m.cpu, m.p50, m.p99)
	}
	return w.Flush()
}

var printedKey = regexp.MustCompile(`ACCESS_KEY_ID=(\S+)\s+\S* *AWS_SECRET_ACCESS_KEY=(\S+)`)

// startSluice starts the program with a store on the disk and a key that may sign.
func startSluice(ctx context.Context, f *rig.Fleet) (*target, error) {
	if err := f.Build(ctx); err != nil {
		return nil, err
	}
	data := filepath.Join(f.Dir, "data")
	printed, err := exec.CommandContext(ctx, f.Binary(), "key", "create", "--data", data, "--account-id", "123456789012").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("create key: %w: %s", err, printed)
	}
	key := printedKey.FindSubmatch(printed)
	if key == nil {
		return nil, fmt.Errorf("no key in %s", printed)
	}
	s, err := f.StartSluice(ctx, rig.Options{Data: data, Arguments: []string{"--auth", "verify"}})
	if err != nil {
		return nil, err
	}
	credentials := aws.Credentials{AccessKeyID: string(key[1]), SecretAccessKey: string(key[2])}
	return &target{name: "sluice", control: s.Control, process: s.Process, credentials: credentials, admin: s.Admin}, nil
}

// startMoto starts moto's server, which looks at no signature and keeps nothing on the disk.
func startMoto(ctx context.Context, f *rig.Fleet) (*target, error) {
	program, err := exec.LookPath("moto_server")
	if err != nil {
		return nil, err
	}
	address, err := rig.FreeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	if err := f.Start(command); err != nil {
		return nil, err
	}
	t := &target{
		name: "moto", control: "http://" + address, process: command.Process.Pid,
		credentials: aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "x"},
	}
	for range 6 { // Python takes its time
		if err = rig.WaitFor(ctx, address); err == nil {
			return t, nil
		}
	}
	return nil, err
}

// measure calls the server from all clients for some time.
func measure(ctx context.Context, t *target, o options) (result, error) {
	requests, err := prepare(ctx, t, o.clients)
	if err != nil {
		return result{}, err
	}
	before, err := rig.CPUTime(t.process)
	if err != nil {
		return result{}, err
	}
	begun := time.Now()
	histograms, errs := make([]rig.Histogram, o.clients), make([]error, o.clients)
	var clients sync.WaitGroup
	for i := range o.clients {
		clients.Go(func() { errs[i] = load(t, requests[i], begun.Add(o.time), &histograms[i]) })
	}
	clients.Wait()
	elapsed := time.Since(begun)
	after, err := rig.CPUTime(t.process)
	if err != nil {
		return result{}, err
	}
	var all rig.Histogram
	for i := range histograms {
		if errs[i] != nil {
			return result{}, errs[i]
		}
		all.Add(&histograms[i])
	}
	calls := float64(all.Count())
	return result{
		rate: calls / elapsed.Seconds(), cpu: float64((after - before).Microseconds()) / calls, p50: all.Quantile(0.5), p99: all.Quantile(0.99),
	}, nil
}
