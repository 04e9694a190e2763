package observe

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Directory returns an open function for files {account}/{region}/{group}.log below a directory, which is made when it is
// needed. Slashes in the name of a group make directories. Files are appended to and readable by their owner only.
func Directory(dir string) func(Destination) (io.WriteCloser, error) {
	return func(to Destination) (io.WriteCloser, error) {
		path := filepath.Join(dir, filename(to))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
}

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
