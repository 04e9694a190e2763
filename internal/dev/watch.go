package dev

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a file must be left alone before it is read: editors write in several steps.
const settle = 50 * time.Millisecond

// watch tells when a file may have changed, until ctx ends. It watches the directory: many editors put
// a new file in the place of the old one.
func watch(ctx context.Context, file string) (<-chan struct{}, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch %s: %w", file, err)
	}
	if err := watcher.Add(filepath.Dir(file)); err != nil {
		_ = watcher.Close()
		return nil, fmt.Errorf("watch %s: %w", file, err)
	}
	changes := make(chan struct{}, 1)
	go func() {
		defer watcher.Close()
		settled := time.NewTimer(time.Hour)
		settled.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case _, ok := <-watcher.Events:
				if !ok {
					return
				}
				settled.Reset(settle)
			case _, ok := <-watcher.Errors:
				if !ok {
					return
				}
				settled.Reset(settle) // events may have been lost
			case <-settled.C:
				select {
				case changes <- struct{}{}:
				default: // one that nobody has taken yet says the same
				}
			}
		}
	}()
	return changes, nil
}
