package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// profileTime is how long each scenario is profiled.
const profileTime = 5 * time.Second

// profile takes a CPU profile of Sluice under each scenario that only names and merges them into a file, from which the compiler learns what to
// optimise.
func profile(ctx context.Context, f *rig.Fleet, t *target, o options, only *regexp.Regexp) error {
	var files []string
	for i, s := range scenarios {
		c, ok := t.calls[s.name]
		if !ok || !only.MatchString(s.name) {
			continue
		}
		path := filepath.Join(f.Dir, fmt.Sprintf("%d.pprof", i))
		if err := profileOne(ctx, t, c, o, path); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		files = append(files, path)
	}
	// The name of the program takes the place of its path, which nobody else has.
	merge := exec.CommandContext(ctx, "go", append([]string{"tool", "pprof", "-proto", filepath.Base(f.Binary())}, files...)...)
	merge.Dir, merge.Stderr = f.Dir, os.Stderr
	merged, err := merge.Output()
	if err != nil {
		return err
	}
	return os.WriteFile(o.pgo, merged, 0o644)
}

// profileOne loads Sluice while its profile is taken.
func profileOne(ctx context.Context, t *target, c call, o options, path string) error {
	type taken struct {
		profile []byte
		err     error
	}
	done := make(chan taken, 1)
	go func() {
		text, err := t.sluice.Profile(ctx, profileTime)
		done <- taken{text, err}
	}()
	_, err := rig.Load(ctx, t.address, rig.Get(c.path, c.host, c.headers), o.connections, profileTime+time.Second/2, 0)
	got := <-done
	if err != nil {
		return err
	}
	if got.err != nil {
		return got.err
	}
	return os.WriteFile(path, got.profile, 0o600)
}
