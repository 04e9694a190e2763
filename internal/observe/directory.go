package observe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Files are the log files below a directory: {account}/{region}/{group}.log. Slashes in the name of a group make directories, which
// are made when they are needed. Files are appended to and readable by their owner only.
//
// A file that would grow beyond MaxBytes becomes {group}.log.1, what was that becomes {group}.log.2 and so on, and the log goes on in a
// new file. It is closed first, so that this works on every system; nothing is copied, and no line is in two files.
type Files struct {
	Dir string

	// MaxBytes is the size of a file that is rotated; 0 rotates none. A single write may exceed it.
	MaxBytes int64

	// Keep is how many rotated files of a log are kept; at least 1 where MaxBytes isn't 0.
	Keep int

	// Logger gets a line when a file can't be rotated, which then goes on growing; nil logs nothing.
	Logger *slog.Logger
}

// Open opens the file of a destination. It is what a [Config] asks for.
func (f *Files) Open(to Destination) (io.WriteCloser, error) {
	file := &rotatedFile{rules: f, path: filepath.Join(f.Dir, filename(to)), limit: f.MaxBytes}
	if err := os.MkdirAll(filepath.Dir(file.path), 0o700); err != nil {
		return nil, err
	}
	if err := file.open(); err != nil {
		return nil, err
	}
	return file, nil
}

// rotatedFile is one log file.
type rotatedFile struct {
	rules *Files
	path  string
	file  *os.File
	size  int64
	limit int64 // the size at which it is rotated; more than the rules' after a failure
}

// open opens the file for appending.
func (f *rotatedFile) open() (err error) {
	if f.file, err = os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	info, err := f.file.Stat()
	if err != nil {
		return errors.Join(err, f.file.Close())
	}
	f.size = info.Size()
	return nil
}

// Write appends whole lines, in a new file if they don't fit into this one.
func (f *rotatedFile) Write(p []byte) (int, error) {
	if f.limit > 0 && f.size > 0 && f.size+int64(len(p)) > f.limit {
		if err := f.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(p)
	f.size += int64(n)
	return n, err
}

// rotate begins a new file. Where the old one can't be moved out of the way (on Windows, another program may hold it), the log goes on in
// it and the next attempt waits until it has grown once more. The error is that of a file that can't be opened.
func (f *rotatedFile) rotate() error {
	if err := f.file.Close(); err != nil {
		return err
	}
	moved := f.shift()
	if err := f.open(); err != nil {
		return errors.Join(moved, err)
	}
	f.limit = f.rules.MaxBytes
	if moved != nil {
		f.limit = f.size + f.rules.MaxBytes
		if f.rules.Logger != nil {
			f.rules.Logger.Warn("a log file could not be rotated and goes on growing", "file", f.path, "error", moved)
		}
	}
	return nil
}

// shift gives the file and those that were rotated before it their next numbers; the oldest is removed.
func (f *rotatedFile) shift() error {
	keep := max(f.rules.Keep, 1)
	for n := keep; n > 0; n-- {
		if err := replace(f.numbered(n-1), f.numbered(n)); err != nil {
			return err
		}
	}
	return nil
}

// numbered returns the path of the file that was rotated n times.
func (f *rotatedFile) numbered(n int) string {
	if n == 0 {
		return f.path
	}
	return fmt.Sprintf("%s.%d", f.path, n)
}

// replace renames a file that may be missing.
func replace(from, to string) error {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Close closes the file.
func (f *rotatedFile) Close() error { return f.file.Close() }

// filename returns the file of a destination, relative to the directory of all. It never leaves that.
func filename(to Destination) string {
	parts := []string{fileSegment(to.Account), fileSegment(to.Region)}
	for segment := range strings.SplitSeq(to.Group, "/") {
		if segment != "" {
			parts = append(parts, fileSegment(segment))
		}
	}
	return filepath.Join(parts...) + ".log"
}

// fileSegment returns a name that is a single segment of a path on every system: what is not a letter, a digit, a hyphen, a dot
// or a low line is written as its number, and so is a dot at the beginning or the end.
func fileSegment(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		edge := i == 0 || i == len(name)-1
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' && !edge {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// ToLogger returns an open function that gives each line to a logger.
func ToLogger(logger *slog.Logger) func(Destination) (io.WriteCloser, error) {
	return func(to Destination) (io.WriteCloser, error) {
		return &lineLogger{logger.With("group", to.Group)}, nil
	}
}

// lineLogger logs each line that is written to it.
type lineLogger struct{ logger *slog.Logger }

// Write logs the lines of p: [Logs] writes whole lines.
func (l *lineLogger) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		l.logger.Info(strings.TrimSuffix(line, "\n"))
	}
	return len(p), nil
}

// Close does nothing.
func (l *lineLogger) Close() error { return nil }
