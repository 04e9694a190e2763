package observe_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/internal/observe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sink keeps what is written, and can be held up.
type sink struct {
	gate   chan struct{} // nil, or what each Write waits for
	mu     sync.Mutex
	text   strings.Builder
	closed int
	err    error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	return len(p), s.err
}

func (s *sink) Close() error { s.closed++; return nil }

func (s *sink) open(observe.Destination) (io.WriteCloser, error) { return s, nil }

func TestLogsKeepTheOrderAndFlushAtTheEnd(t *testing.T) {
	s := &sink{}
	logs := observe.NewLogs(observe.Config{Open: s.open})
	var want strings.Builder
	for i := range 1000 {
		line := strings.Repeat("x", i%300)
		logs.Write(observe.Destination{Group: "g"}, []byte(line))
		want.WriteString(line + "\n")
	}
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	if s.text.String() != want.String() {
		t.Error("lines are missing or in another order")
	}
	if s.closed != 1 {
		t.Errorf("closed %d times, want once", s.closed)
	}
}

// A destination that stands still makes nobody wait: what does not fit is dropped and counted.
func TestLogsDropWhatDoesNotFit(t *testing.T) {
	s := &sink{gate: make(chan struct{})}
	dropped := 0
	logs := observe.NewLogs(observe.Config{Open: s.open, QueueLines: 10, QueueBytes: 100, Dropped: func(n int) { dropped += n }})
	for range 100 {
		logs.Write(observe.Destination{Group: "g"}, []byte("line"))
	}
	logs.Write(observe.Destination{Group: "g"}, make([]byte, 101))
	close(s.gate)
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	logs.Write(observe.Destination{Group: "g"}, []byte("too late"))
	written := strings.Count(s.text.String(), "\n")
	if written < 10 || written+dropped != 102 {
		t.Errorf("%d lines written and %d dropped, want 102 together and at least 10 written", written, dropped)
	}
}

func TestLogsGoOnWhenADestinationFails(t *testing.T) {
	good, bad := &sink{}, &sink{err: errors.New("disk full")}
	dropped := 0
	var told bytes.Buffer
	logs := observe.NewLogs(observe.Config{
		Open: func(to observe.Destination) (io.WriteCloser, error) {
			switch to.Group {
			case "bad":
				return bad, nil
			case "none":
				return nil, errors.New("not permitted")
			}
			return good, nil
		},
		Dropped: func(n int) { dropped += n },
		Logger:  slog.New(slog.NewTextHandler(&told, nil)),
	})
	for _, group := range []string{"bad", "none", "none", "good"} {
		logs.Write(observe.Destination{Group: group}, []byte(group))
	}
	logs.Sync()
	if got := good.text.String(); got != "good\n" {
		t.Errorf("got %q, want the good line", got)
	}
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	if dropped != 3 || strings.Count(told.String(), "\n") != 1 {
		t.Errorf("%d dropped, want 3; told:\n%s", dropped, told.String())
	}
}

func TestLogsCloseTheOldestDestination(t *testing.T) {
	s := &sink{}
	logs := observe.NewLogs(observe.Config{Open: s.open})
	for i := range 300 {
		logs.Write(observe.Destination{Group: "g", Region: string(rune('a' + i))}, []byte("x"))
		logs.Sync()
	}
	if s.closed != 300-128 {
		t.Errorf("%d closed, want all but 128 of 300", s.closed)
	}
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(s.text.String(), "x"); got != 300 {
		t.Errorf("%d lines, want 300", got)
	}
}

// Names of groups come from clients of the control plane; none leaves the directory.
func TestDirectory(t *testing.T) {
	tests := []struct{ group, file string }{
		{"API-Gateway-Execution-Logs_abc/v1", "API-Gateway-Execution-Logs_abc/v1.log"},
		{"../../etc/x", "%2E%2E/%2E%2E/etc/x.log"},
		{"/a//b/", "a/b.log"},
		{"a b#c", "a%20b%23c.log"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		logs := observe.NewLogs(observe.Config{Open: (&observe.Files{Dir: dir}).Open})
		logs.Write(observe.Destination{Account: "111122223333", Region: "us-east-1", Group: tt.group}, []byte("line"))
		if err := logs.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "111122223333", "us-east-1", filepath.FromSlash(tt.file)))
		if err != nil || string(got) != "line\n" {
			t.Errorf("%s: file %s: %q, %v", tt.group, tt.file, got, err)
		}
	}
}

// numbered returns the lines of a log file and of those that were rotated, the oldest first.
func numbered(t *testing.T, path string) (files []string, lines string) {
	t.Helper()
	for n := 9; n >= 0; n-- {
		name := path
		if n > 0 {
			name = fmt.Sprintf("%s.%d", path, n)
		}
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fmt.Sprintf("%s %d", filepath.Base(name), len(text)))
		lines += string(text)
	}
	return files, lines
}

// A file that is full is moved aside, and the oldest goes. What was there at the start counts.
func TestFilesRotate(t *testing.T) {
	tests := []struct {
		name  string
		files observe.Files
		want  []string
	}{
		{"never", observe.Files{}, []string{"g.log 1200"}},
		{"all kept", observe.Files{MaxBytes: 500, Keep: 5}, []string{"g.log.2 500", "g.log.1 500", "g.log 200"}},
		{"two kept", observe.Files{MaxBytes: 200, Keep: 2}, []string{"g.log.2 200", "g.log.1 200", "g.log 200"}},
		{"lines longer than a file", observe.Files{MaxBytes: 50, Keep: 1}, []string{"g.log.1 100", "g.log 100"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.files.Dir = t.TempDir()
			path := filepath.Join(tt.files.Dir, "111122223333", "us-east-1", "g.log")
			to := observe.Destination{Account: "111122223333", Region: "us-east-1", Group: "g"}
			var all strings.Builder
			for run := range 2 {
				logs := observe.NewLogs(observe.Config{Open: tt.files.Open})
				for i := range 6 {
					line := fmt.Sprintf("%d%d%s", run, i, strings.Repeat("x", 97))
					all.WriteString(line + "\n")
					logs.Write(to, []byte(line))
					logs.Sync()
				}
				if err := logs.Close(); err != nil {
					t.Fatal(err)
				}
			}
			files, lines := numbered(t, path)
			if diff := cmp.Diff(tt.want, files); diff != "" {
				t.Errorf("files differ (-want +got):\n%s", diff)
			}
			if !strings.HasSuffix(all.String(), lines) {
				t.Error("the files are not the end of the log, in order")
			}
		})
	}
}

// A file that can't be moved aside goes on growing, and nothing is lost.
func TestFilesThatCannotRotate(t *testing.T) {
	var told bytes.Buffer
	files := observe.Files{Dir: t.TempDir(), MaxBytes: 20, Keep: 1, Logger: slog.New(slog.NewTextHandler(&told, nil))}
	path := filepath.Join(files.Dir, "a", "r", "g.log")
	if err := os.MkdirAll(filepath.Join(path+".1", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	logs := observe.NewLogs(observe.Config{Open: files.Open})
	for range 6 {
		logs.Write(observe.Destination{Account: "a", Region: "r", Group: "g"}, []byte("ten bytes"))
		logs.Sync()
	}
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || len(text) != 60 {
		t.Errorf("%d bytes, %v, want all 60", len(text), err)
	}
	if got := strings.Count(told.String(), "could not be rotated"); got != 2 {
		t.Errorf("told %d times, want twice:\n%s", got, told.String())
	}
}

// A file that was moved away keeps what was written before Reopen; the next line is in a new one.
func TestReopen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not move a file that is open; Files rotates there")
	}
	files := observe.Files{Dir: t.TempDir()}
	path := filepath.Join(files.Dir, "a", "r", "g.log")
	to := observe.Destination{Account: "a", Region: "r", Group: "g"}
	logs := observe.NewLogs(observe.Config{Open: files.Open})
	logs.Write(to, []byte("before"))
	logs.Sync()
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	logs.Write(to, []byte("between"))
	logs.Reopen()
	logs.Write(to, []byte("after"))
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	_, lines := numbered(t, path)
	if diff := cmp.Diff("before\nbetween\nafter\n", lines); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.HasSuffix(string(text), "after\n") {
		t.Errorf("the new file has %q, %v", text, err)
	}
}

func TestToLogger(t *testing.T) {
	var told bytes.Buffer
	logs := observe.NewLogs(observe.Config{Open: observe.ToLogger(slog.New(slog.NewTextHandler(&told, nil)))})
	logs.Write(observe.Destination{Group: "g"}, []byte("one"))
	logs.Write(observe.Destination{Group: "g"}, []byte(strings.Repeat("long", 50_000)))
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(told.String(), "group=g\n"); got != 2 {
		t.Errorf("%d lines, want 2", got)
	}
}

// A nil *Logs discards.
func TestNoLogs(t *testing.T) {
	var logs *observe.Logs
	logs.Write(observe.Destination{}, []byte("x"))
	logs.Sync()
	logs.Reopen()
	if err := logs.Close(); err != nil {
		t.Fatal(err)
	}
}
