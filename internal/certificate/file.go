package certificate

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lookInterval is how often it is looked whether files have changed, as long as somebody asks for what is in them.
const lookInterval = time.Second

// watched is what was read from files. It is read again when one of them has another time or size, which whoever
// asks for it finds out, and which fails without harm: what was read before stays. It is safe for concurrent use.
type watched[T any] struct {
	paths  []string
	read   func() (*T, error)
	failed func(error)      // is told why the files can't be read any more
	now    func() time.Time // for tests

	current atomic.Pointer[T]

	mu     sync.Mutex
	looked time.Time // when the files were looked at
	state  []stamp   // of what was read, or tried to
}

// stamp tells a file from what it was before.
type stamp struct {
	modified time.Time
	size     int64
}

// watch reads the files for the first time.
func watch[T any](paths []string, read func() (*T, error), failed func(error)) (*watched[T], error) {
	w := &watched[T]{paths: paths, read: read, failed: failed, now: time.Now}
	w.state, w.looked = stamps(paths), w.now()
	value, err := read()
	if err != nil {
		return nil, err
	}
	w.current.Store(value)
	return w, nil
}

// get returns what is in the files.
func (w *watched[T]) get() *T {
	// Who finds another looking takes what there is.
	if w.mu.TryLock() {
		defer w.mu.Unlock()
		if now := w.now(); now.Sub(w.looked) >= lookInterval {
			w.looked = now
			w.refresh()
		}
	}
	return w.current.Load()
}

// refresh reads the files if they have changed.
func (w *watched[T]) refresh() {
	state := stamps(w.paths)
	same := true
	for i := range state {
		same = same && state[i].size == w.state[i].size && state[i].modified.Equal(w.state[i].modified)
	}
	if same {
		return
	}
	w.state = state
	value, err := w.read()
	if err != nil {
		w.failed(err)
		return
	}
	w.current.Store(value)
}

// stamps returns those of files; that of a file that can't be looked at is zero.
func stamps(paths []string) []stamp {
	list := make([]stamp, len(paths))
	for i, path := range paths {
		if info, err := os.Stat(path); err == nil {
			list[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return list
}
