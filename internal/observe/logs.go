// Package observe takes what the data plane tells of its requests to where operators read it: lines of access and
// execution logs to their destinations.
//
// It does not decide what is logged (package plan compiles that from the settings of stages, package gateway
// does it) and it never makes a request wait: [Logs] has a bounded queue, and what does not fit is dropped and
// counted. Start reading at [Logs]; [Files] is the destination on the disk.
package observe

import (
	"bufio"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

// Destination names where lines go: a log group of an account in a region. It is comparable.
type Destination struct {
	Account string
	Region  string
	Group   string // such as "API-Gateway-Execution-Logs_abc123/dev"
}

// Config configures a [Logs].
type Config struct {
	// Open opens a destination when its first line is there. It is not called concurrently.
	Open func(Destination) (io.WriteCloser, error)

	// Dropped, if not nil, is told how many lines could not be written.
	Dropped func(lines int)

	// Logger gets a line when a destination can't be opened or written; nil logs nothing.
	Logger *slog.Logger

	// QueueLines and QueueBytes bound what waits to be written; 0 is 16,384 lines and 16 MiB.
	QueueLines int
	QueueBytes int
}

// The default bounds of the queue.
const (
	defaultQueueLines = 16 << 10
	defaultQueueBytes = 16 << 20
)

// maxOpen is the most destinations that are open at a time; the one that was not used for longest is closed.
const maxOpen = 128

// complaintInterval is how often the logger is told that lines can't be written.
const complaintInterval = 10 * time.Second

// Logs writes lines to their destinations, in the order in which they came to each. It is safe for concurrent use; a nil *Logs
// discards everything.
type Logs struct {
	config Config
	done   chan struct{} // closed when the writer has ended

	mu      sync.Mutex
	changed *sync.Cond // waiting, bytes, closed, reopen or written have changed
	waiting []entry
	bytes   int    // of the lines in waiting
	taken   uint64 // lines that were ever put into waiting
	written uint64 // of those, the lines that are at their destinations, or given up
	closed  bool
	reopen  bool // the destinations are to be closed, so that the next lines open them anew

	// What follows belongs to the writer.
	open       map[Destination]*output
	rounds     uint64
	complained time.Time // when the logger was told of a failure last
}

// entry is one line with its line end.
type entry struct {
	to   Destination
	line []byte
}

// output is an open destination.
type output struct {
	file   io.WriteCloser
	buffer *bufio.Writer
	used   uint64 // the round that it was used in last
}

// NewLogs starts the writer. The caller calls Close.
func NewLogs(config Config) *Logs {
	if config.QueueLines == 0 {
		config.QueueLines = defaultQueueLines
	}
	if config.QueueBytes == 0 {
		config.QueueBytes = defaultQueueBytes
	}
	if config.Dropped == nil {
		config.Dropped = func(int) {}
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Logs{config: config, done: make(chan struct{}), open: make(map[Destination]*output)}
	l.changed = sync.NewCond(&l.mu)
	go l.run()
	return l
}

// Write queues a line, without its line end, for a destination. It keeps nothing of line and never waits: a line for which
// there is no room, or that comes after Close, is dropped.
func (l *Logs) Write(to Destination, line []byte) {
	if l == nil {
		return
	}
	l.mu.Lock()
	fits := !l.closed && len(l.waiting) < l.config.QueueLines && l.bytes+len(line) <= l.config.QueueBytes
	if fits {
		kept := make([]byte, 0, len(line)+1)
		kept = append(append(kept, line...), '\n')
		l.waiting = append(l.waiting, entry{to, kept})
		l.bytes += len(line)
		l.taken++
		l.changed.Broadcast()
	}
	l.mu.Unlock()
	if !fits {
		l.config.Dropped(1)
	}
}

// Sync returns when all lines that were queued before it are at their destinations, or were given up.
func (l *Logs) Sync() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for until := l.taken; l.written < until; {
		l.changed.Wait()
	}
}

// Reopen closes every destination, so that lines that are queued from now on open it anew: for files that another program has
// moved away. It does not wait.
func (l *Logs) Reopen() {
	if l == nil {
		return
	}
	l.mu.Lock()
	l.reopen = true
	l.changed.Broadcast()
	l.mu.Unlock()
}

// Close writes what waits, closes the destinations and ends the writer.
func (l *Logs) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
	return l.closeAll()
}

// closeAll closes the destinations, whose lines are written.
func (l *Logs) closeAll() error {
	var errs []error
	for to, out := range l.open {
		errs = append(errs, out.file.Close())
		delete(l.open, to)
	}
	return errors.Join(errs...)
}

// run writes what waits until Close.
func (l *Logs) run() {
	defer close(l.done)
	var batch []entry
	for {
		l.mu.Lock()
		l.written += uint64(len(batch))
		l.changed.Broadcast()
		for len(l.waiting) == 0 && !l.closed && !l.reopen {
			l.changed.Wait()
		}
		clear(batch)
		batch, l.waiting = l.waiting, batch[:0]
		l.bytes = 0
		reopen, end := l.reopen, l.closed && len(batch) == 0
		l.reopen = false
		l.mu.Unlock()
		if end {
			return
		}
		if reopen {
			if err := l.closeAll(); err != nil {
				l.config.Logger.Warn("a log could not be closed", "error", err)
			}
		}
		l.rounds++
		for _, e := range batch {
			l.write(e)
		}
		l.flush()
	}
}

// write writes one line into the buffer of its destination.
func (l *Logs) write(e entry) {
	out := l.open[e.to]
	if out == nil {
		l.closeOldest()
		file, err := l.config.Open(e.to)
		if err != nil {
			l.giveUp(e.to, err)
			return
		}
		out = &output{file: file, buffer: bufio.NewWriterSize(file, 64<<10)}
		l.open[e.to] = out
	}
	out.used = l.rounds
	if out.buffer.Buffered() > 0 && out.buffer.Available() < len(e.line) {
		if err := out.buffer.Flush(); err != nil { // so that a destination sees whole lines
			l.fail(e.to, out, err)
			return
		}
	}
	if _, err := out.buffer.Write(e.line); err != nil {
		l.fail(e.to, out, err)
	}
}

// flush writes the buffers of what the last round used.
func (l *Logs) flush() {
	for to, out := range l.open {
		if out.used != l.rounds {
			continue
		}
		if err := out.buffer.Flush(); err != nil {
			l.fail(to, out, err)
		}
	}
}

// fail gives a destination up; the next line opens it anew.
func (l *Logs) fail(to Destination, out *output, err error) {
	delete(l.open, to)
	l.giveUp(to, errors.Join(err, out.file.Close()))
}

// giveUp drops a line and says why, though not for each of many.
func (l *Logs) giveUp(to Destination, err error) {
	l.config.Dropped(1)
	if time.Since(l.complained) < complaintInterval {
		return
	}
	l.complained = time.Now()
	l.config.Logger.Warn("log lines could not be written", "group", to.Group, "account", to.Account, "region", to.Region, "error", err)
}

// closeOldest makes room for one more destination.
func (l *Logs) closeOldest() {
	if len(l.open) < maxOpen {
		return
	}
	var oldest Destination
	used := l.rounds + 1
	for to, out := range l.open {
		if out.used < used {
			oldest, used = to, out.used
		}
	}
	out := l.open[oldest]
	if err := out.buffer.Flush(); err != nil {
		l.fail(oldest, out, err)
		return
	}
	delete(l.open, oldest)
	if err := out.file.Close(); err != nil {
		l.giveUp(oldest, err)
	}
}
