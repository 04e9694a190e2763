package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// cpuTime returns the CPU time that all threads of the server have used, user and system together, in
// nanoseconds as the scheduler counts them.
func (t *target) cpuTime() (time.Duration, error) {
	var threads []string
	for _, process := range t.processes {
		of, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", process))
		if err != nil || len(of) == 0 {
			return 0, fmt.Errorf("no CPU time of %s: this needs Linux and a running server", t.name)
		}
		threads = append(threads, of...)
	}
	var total time.Duration
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
	return total, nil
}

// childrenOf returns the children of a process, for servers that work in children.
func childrenOf(process int) ([]int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", process, process))
	if err != nil {
		return nil, err
	}
	var children []int
	for _, field := range strings.Fields(string(text)) {
		child, err := strconv.Atoi(field)
		if err != nil {
			return nil, err
		}
		children = append(children, child)
	}
	return children, nil
}
