package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/boltstore"
	"github.com/sluice-gateway/sluice/internal/store/storetest"
)

func TestReopenKeepsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "on demand")
	want := map[store.Key]string{}
	var last store.Revision
	for round := range 3 {
		s := open(t, dir)
		if got := storetest.Contents(t, s); len(got) != len(want) {
			t.Errorf("round %d: got %d keys, want %d", round, len(got), len(want))
		}
		for i := range 10 {
			key := store.Key(fmt.Sprintf("%d/%d", round, i))
			want[key] = strings.Repeat("x", i)
			revision := storetest.Put(t, s, map[store.Key]string{key: want[key]})
			if revision != last+1 {
				t.Errorf("round %d: got revision %d after %d", round, revision, last)
			}
			last = revision
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenLocked(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := boltstore.Open(boltstore.Config{Dir: dir, LockTimeout: 60 * time.Millisecond})
	wantOpenError(t, err, boltstore.ErrLocked, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Error(err)
	}
}

func TestFileIsForItsOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows has no such rights")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, boltstore.FileName)
	for _, before := range []fs.FileMode{0o600, 0o644, 0o666} {
		if err := open(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, before); err != nil {
			t.Fatal(err)
		}
		if err := open(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("file of mode %v has mode %v after Open, want 0600", before, info.Mode())
		}
	}
}

func TestOpenNotAFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, boltstore.FileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := boltstore.Open(boltstore.Config{Dir: dir}); err == nil || !strings.Contains(err.Error(), "regular file") {
		t.Errorf("got error %v, want that it is not a regular file", err)
	}
}

func TestOpenNewer(t *testing.T) {
	dir := t.TempDir()
	editMeta(t, dir, func(meta *bbolt.Bucket) error { return meta.Put([]byte("format"), []byte("2")) })
	_, err := boltstore.Open(boltstore.Config{Dir: dir})
	wantOpenError(t, err, boltstore.ErrNewer, dir)
}

func TestOpenDamaged(t *testing.T) {
	damages := []struct {
		name   string
		damage func(t *testing.T, dir, path string)
	}{
		{"not a database", func(t *testing.T, _, path string) {
			overwrite(t, path, []byte(strings.Repeat("this is no database\n", 4096)))
		}},
		{"cut off after the meta pages", func(t *testing.T, _, path string) { truncate(t, path, 2) }},
		{"cut off in the middle of the data", func(t *testing.T, _, path string) { truncate(t, path, 6) }},
		{"tiny", func(t *testing.T, _, path string) { overwrite(t, path, []byte("tiny")) }},
		{"no format", func(t *testing.T, dir, _ string) {
			editMeta(t, dir, func(meta *bbolt.Bucket) error { return meta.Delete([]byte("format")) })
		}},
		{"no revision", func(t *testing.T, dir, _ string) {
			editMeta(t, dir, func(meta *bbolt.Bucket) error { return meta.Delete([]byte("revision")) })
		}},
		{"a flipped bit in a value", func(t *testing.T, _, path string) {
			replaceInFile(t, path, "value-of-", "value-oF-")
		}},
		{"another key", func(t *testing.T, _, path string) {
			replaceInFile(t, path, "some/key/", "some/kez/")
		}},
	}
	for _, tt := range damages {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			tt.damage(t, dir, filepath.Join(dir, boltstore.FileName))
			s, err := boltstore.Open(boltstore.Config{Dir: dir})
			if err == nil {
				_ = s.Close()
			}
			wantOpenError(t, err, boltstore.ErrDamaged, dir)
		})
	}
}

// TestOpenNeverPanics overwrites each page in turn with rubbish.
func TestOpenNeverPanics(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	path := filepath.Join(dir, boltstore.FileName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	for at := 0; at+page <= len(whole); at += page {
		if len(bytes.Trim(whole[at:at+page], "\x00")) == 0 {
			continue
		}
		for _, rubbish := range []string{"\x00", "\xff", "\x01\x02\x00\x10"} {
			broken := append([]byte(nil), whole...)
			copy(broken[at:at+page], strings.Repeat(rubbish, page/len(rubbish)))
			overwrite(t, path, broken)
			s, err := boltstore.Open(boltstore.Config{Dir: dir})
			if err == nil {
				// A page that is not in use, or one of the two meta pages.
				if got := len(storetest.Contents(t, s)); got != 0 && got != filled {
					t.Errorf("page %d overwritten with %q: got %d keys, want %d or an error", at/page, rubbish, got, filled)
				}
				_ = s.Close()
			} else if !errors.Is(err, boltstore.ErrDamaged) {
				t.Errorf("page %d overwritten with %q: got error %v, want %v", at/page, rubbish, err, boltstore.ErrDamaged)
			}
		}
	}
}

// filled is how many keys fill puts.
const filled = 200

// fill makes a store of some pages.
func fill(t *testing.T, dir string) {
	t.Helper()
	s := open(t, dir)
	values := map[store.Key]string{}
	for i := range filled {
		values[store.Key(fmt.Sprintf("some/key/%d", i))] = fmt.Sprintf("value-of-%d %s", i, strings.Repeat("x", 100))
	}
	storetest.Put(t, s, values)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// editMeta changes the bucket of the file that says what the file is.
func editMeta(t *testing.T, dir string, edit func(meta *bbolt.Bucket) error) {
	t.Helper()
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(dir, boltstore.FileName), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { return edit(tx.Bucket([]byte("meta"))) })
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// overwrite makes a new file of that name: a file that could not be opened may be locked.
func overwrite(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// truncate leaves so many pages of a file.
func truncate(t *testing.T, path string, pages int) {
	t.Helper()
	if err := os.Truncate(path, int64(pages*os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
}

func replaceInFile(t *testing.T, path, old, replacement string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(content), old, replacement)
	if changed == string(content) {
		t.Fatalf("%q does not occur in the file", old)
	}
	overwrite(t, path, []byte(changed))
}

// wantOpenError fails the test unless err is the wanted one and names the file.
func wantOpenError(t *testing.T, err, want error, dir string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
		return
	}
	if path := filepath.Join(dir, boltstore.FileName); !strings.Contains(err.Error(), path) {
		t.Errorf("error %q does not name %s", err, path)
	}
}
