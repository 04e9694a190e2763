package server

import (
	"context"
	"sync"

	"github.com/sluice-gateway/sluice/internal/store"
)

// progress tells how far the data plane has followed the store. It is safe for concurrent use.
type progress struct {
	mu       sync.Mutex
	revision store.Revision
	err      error         // of the last advance
	advanced chan struct{} // closed by the next advance
}

func newProgress() *progress { return &progress{advanced: make(chan struct{})} }

// advance says that everything up to revision has been dealt with, or could not be for err.
func (p *progress) advance(revision store.Revision, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revision, p.err = max(p.revision, revision), err
	close(p.advanced)
	p.advanced = make(chan struct{})
}

// wait returns when revision has been dealt with, with the error that it ran into, or when
// ctx ends, with ctx's error.
func (p *progress) wait(ctx context.Context, revision store.Revision) error {
	for {
		p.mu.Lock()
		reached, err, advanced := p.revision >= revision, p.err, p.advanced
		p.mu.Unlock()
		if reached {
			return err
		}
		select {
		case <-advanced:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
