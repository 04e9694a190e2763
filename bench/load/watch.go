package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// settle is how long a pause lasts before the server is counted, so that what goes on after an answer is over.
const settle = 500 * time.Millisecond

// sample is what a server has in a pause, after its garbage was collected.
type sample struct {
	goroutines float64
	heap       float64 // bytes of objects
	resident   float64 // bytes
	files      float64 // open
}

// watch counts a server in pauses of the load.
type watch struct {
	server  *rig.Sluice
	out     io.Writer
	samples []sample
}

// count adds a sample and prints it.
func (w *watch) count(ctx context.Context, when string) error {
	time.Sleep(settle)
	if _, err := w.server.Metrics(ctx); err != nil { // what pools keep goes with the second collection
		return err
	}
	m, err := w.server.Metrics(ctx)
	if err != nil {
		return err
	}
	s := sample{goroutines: m["go_goroutines"], heap: m["go_memstats_heap_alloc_bytes"], resident: m["process_resident_memory_bytes"], files: m["process_open_fds"]}
	if s.goroutines == 0 || s.heap == 0 {
		return errors.New("the server's metrics do not have its goroutines and heap")
	}
	w.samples = append(w.samples, s)
	fmt.Fprintf(w.out, "%8s: %4.0f goroutines, heap %6.2f MB, resident %6.1f MB, %4.0f open files\n", when, s.goroutines, s.heap/1e6, s.resident/1e6, s.files)
	return nil
}

// What may grow from the first sample to the last and is not growth: connections to back ends come and go, and maps and buffers
// have the size of the busiest moment.
const (
	sparePart       = 0.10
	spareGoroutines = 16
	spareFiles      = 64
	spareHeap       = 2 << 20
	spareResident   = 16 << 20
)

// judge holds the last pause against the first, and the end, when all clients have gone.
func (w *watch) judge() error {
	if len(w.samples) < 3 {
		return errors.New("there was no time for two pauses: -duration must be longer, or -interval shorter")
	}
	first, last, end := w.samples[0], w.samples[len(w.samples)-2], w.samples[len(w.samples)-1]
	problems := append(grown(first, last), grown(first, end)...)
	if len(problems) == 0 {
		fmt.Fprintln(w.out, "\nno error, no answer of another request, no growth")
	}
	return errors.Join(problems...)
}

// grown says what grew from one sample to another.
func grown(first, last sample) (problems []error) {
	for _, c := range []struct {
		name        string
		first, last float64
		spare       float64
	}{
		{"goroutines", first.goroutines, last.goroutines, spareGoroutines},
		{"open files", first.files, last.files, spareFiles},
		{"bytes of heap", first.heap, last.heap, spareHeap},
		{"bytes of resident memory", first.resident, last.resident, spareResident},
	} {
		if c.last > c.first*(1+sparePart)+c.spare {
			problems = append(problems, fmt.Errorf("%s grew from %.0f to %.0f", c.name, c.first, c.last))
		}
	}
	return problems
}
