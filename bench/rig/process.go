package rig

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CPUTime returns the CPU time that all threads of the processes have used, user and system together, as the scheduler counts it.
// Threads that have ended are not in it.
func CPUTime(processes ...int) (time.Duration, error) {
	var total time.Duration
	for _, process := range processes {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", process))
		if err != nil || len(threads) == 0 {
			return 0, fmt.Errorf("no CPU time of process %d: this needs Linux and a running server", process)
		}
		for _, thread := range threads {
			text, err := os.ReadFile(thread)
			if err != nil {
				continue // the thread has just ended
			}
			used, _, _ := strings.Cut(string(text), " ")
			n, err := strconv.ParseInt(used, 10, 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", thread, err)
			}
			total += time.Duration(n)
		}
	}
	return total, nil
}

// Resident returns how many bytes of memory the processes hold together. What they share counts once for each.
func Resident(processes ...int) (int64, error) {
	var total int64
	for _, process := range processes {
		n, err := residentOf(process)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// residentOf is Resident for one process.
func residentOf(process int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", process)
}

// Children waits until a process has as many children, for servers that work in such, and returns them.
func Children(ctx context.Context, process, n int) (children []int, err error) {
	err = eventually(ctx, func() error {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", process, process))
		if err != nil {
			return err
		}
		children = children[:0]
		for field := range strings.FieldsSeq(string(text)) {
			child, err := strconv.Atoi(field)
			if err != nil {
				return err
			}
			children = append(children, child)
		}
		if len(children) != n {
			return fmt.Errorf("process %d has %d children, not %d", process, len(children), n)
		}
		return nil
	})
	return children, err
}

// Median returns the middle value, 0 without values.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
