// Package boltstore is a store in one file of a directory, for one process at a time.
//
// The file is a bbolt database. Commits are grouped (group.go): those who call Update
// while a commit is being written to the disk share the next one, so durability costs one
// flush for many writers. What bbolt does not do is done here: every value carries a
// checksum, damage of the file is an error instead of a panic, and every commit is told
// to those who watch. Start with Open, then group.go.
package boltstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/feed"
)

// FileName is the name of the file in the directory of a store.
const FileName = "sluice.db"

// format is the version of the layout below. It grows when an older program could no
// longer read the file.
//
//	bucket "meta": "format"   decimal text
//	               "revision" 8 bytes, big-endian
//	bucket "data": key        CRC-32C of key and value, 4 bytes big-endian, then the value
const format = 1

var (
	metaBucket  = []byte("meta")
	dataBucket  = []byte("data")
	formatKey   = []byte("format")
	revisionKey = []byte("revision")
)

// mapBytes is the address space to reserve for the file, so that growing up to it never
// has to wait for views to end. Windows would make the file that large.
const mapBytes = 256 << 20

// growBytes is by how much the file grows when it is full.
const growBytes = 1 << 20

// The errors of Open and, for ErrDamaged, of any transaction.
var (
	ErrLocked  = errors.New("in use by another process")
	ErrDamaged = errors.New("file is damaged")
	ErrNewer   = errors.New("written by a newer version of sluice")
)

// Config says which store to open. The zero Config is not valid: it names no directory.
type Config struct {
	Dir         string        // made with mode 0700 where it does not exist
	LockTimeout time.Duration // how long to wait for another process to let go; 0 for not at all
}

// Store is a store.Store in a file. Make one with Open.
type Store struct {
	path string
	db   *bbolt.DB
	hub  *feed.Hub

	requests chan *request // to the committer
	closing  chan struct{} // closed by Close
	stopped  chan struct{} // closed by the committer when it has ended
	close    sync.Once
	revision store.Revision        // of the last commit; the committer's
	broken   atomic.Pointer[error] // set once the file can no longer be trusted
}

var _ store.Store = (*Store)(nil)

// Open opens the store in a directory and makes it if there is none. The error is
// ErrLocked when another process has it open, ErrDamaged when the file is not whole, and
// ErrNewer when this program is too old for it; each is wrapped with the file's name.
func Open(config Config) (*Store, error) {
	if err := os.MkdirAll(config.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	s := &Store{
		path:     filepath.Join(config.Dir, FileName),
		requests: make(chan *request),
		closing:  make(chan struct{}),
		stopped:  make(chan struct{}),
	}
	if err := s.open(config.LockTimeout); err != nil {
		return nil, fmt.Errorf("open store %s: %w", s.path, err)
	}
	s.hub = feed.New(s.revision)
	go s.commitLoop()
	return s, nil
}

// open opens the file, makes its buckets and checks it.
func (s *Store) open(lockTimeout time.Duration) (err error) {
	created, err := ownerOnly(s.path)
	if err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	s.db, err = openBolt(s.path, lockTimeout)
	if err != nil {
		return openError(err)
	}
	s.db.AllocSize = growBytes
	if err := s.prepare(); err != nil {
		return errors.Join(err, s.db.Close())
	}
	if created {
		return syncDir(filepath.Dir(s.path))
	}
	return nil
}

// openBolt is bbolt.Open, without panics. A file so damaged that bbolt panicked stays
// locked until the process ends, because bbolt has mapped it and gives no way to let go.
func openBolt(path string, lockTimeout time.Duration) (db *bbolt.DB, err error) {
	defer guard(&err)
	options := *bbolt.DefaultOptions
	options.Timeout = max(lockTimeout, time.Nanosecond) // bbolt takes 0 for "wait for ever"
	options.FreelistType = bbolt.FreelistMapType
	options.NoStatistics = true
	if runtime.GOOS != "windows" {
		options.InitialMmapSize = mapBytes
	}
	return bbolt.Open(path, 0o600, &options)
}

// firstCommit is the number that bbolt gives to the newer of the two states in which it
// makes a file; every commit counts on.
const firstCommit = 1

// prepare makes the buckets of a new file, and checks an old one.
func (s *Store) prepare() (err error) {
	defer guard(&err)
	isNew := false
	if err := s.db.View(func(tx *bbolt.Tx) error {
		// A file that has seen a commit but has no buckets is not new, it is damaged.
		isNew = tx.ID() <= firstCommit
		return nil
	}); err != nil {
		return err
	}
	if isNew {
		return s.db.Update(initialise)
	}
	return s.db.View(s.check)
}

// initialise writes the layout of an empty store.
func initialise(tx *bbolt.Tx) error {
	meta, err := tx.CreateBucketIfNotExists(metaBucket)
	if err != nil {
		return err
	}
	if _, err := tx.CreateBucketIfNotExists(dataBucket); err != nil {
		return err
	}
	if err := meta.Put(revisionKey, make([]byte, 8)); err != nil {
		return err
	}
	return meta.Put(formatKey, []byte(strconv.Itoa(format)))
}

// check reads the layout's version and the revision, and walks over every key and value.
func (s *Store) check(tx *bbolt.Tx) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if tx.Size() > info.Size() {
		return fmt.Errorf("%w: it has %d bytes, and should have %d", ErrDamaged, info.Size(), tx.Size())
	}
	meta, data := tx.Bucket(metaBucket), tx.Bucket(dataBucket)
	if meta == nil || data == nil {
		return fmt.Errorf("%w: parts of it are missing", ErrDamaged)
	}
	version, err := strconv.Atoi(string(meta.Get(formatKey)))
	if err != nil {
		return fmt.Errorf("%w: it does not say its format", ErrDamaged)
	}
	if version > format {
		return fmt.Errorf("%w: it has format %d, this program reads up to %d", ErrNewer, version, format)
	}
	revision := meta.Get(revisionKey)
	if len(revision) != 8 {
		return fmt.Errorf("%w: it does not say its revision", ErrDamaged)
	}
	s.revision = store.Revision(binary.BigEndian.Uint64(revision))
	return checkData(data)
}

// checkData reads every key and value. Keys that do not grow betray damaged pages, and
// end a walk that would go in circles.
func checkData(data *bbolt.Bucket) error {
	last := ""
	cursor := data.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if string(k) <= last {
			return fmt.Errorf("%w: its keys are out of order", ErrDamaged)
		}
		last = string(k)
		if _, err := unseal(k, v); err != nil {
			return err
		}
	}
	return nil
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := s.usable(); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	bolt, data, err := s.begin(false)
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	if err != nil {
		return fmt.Errorf("read store %s: %w", s.path, err)
	}
	defer func() { _ = bolt.Rollback() }() // ends a read-only transaction; it cannot fail
	x := &tx{path: s.path, data: data}
	defer x.end()
	return fn(x)
}

// begin begins a transaction of bbolt, and finds the data in it.
func (s *Store) begin(writable bool) (bolt *bbolt.Tx, data *bbolt.Bucket, err error) {
	defer func() {
		if err != nil && bolt != nil {
			_ = rollback(bolt)
		}
	}()
	defer guard(&err)
	if bolt, err = s.db.Begin(writable); err != nil {
		return nil, nil, err
	}
	if data = bolt.Bucket(dataBucket); data == nil {
		return bolt, nil, ErrDamaged
	}
	return bolt, data, nil
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context) (<-chan store.Change, error) {
	return s.hub.Watch(ctx)
}

// Close implements store.Store. Closing again returns store.ErrClosed.
func (s *Store) Close() error {
	err := store.ErrClosed
	s.close.Do(func() {
		close(s.closing)
		<-s.stopped
		s.hub.Close()
		if err = s.db.Close(); err != nil {
			err = fmt.Errorf("close store %s: %w", s.path, err)
		}
	})
	return err
}

// usable returns why the store cannot be used any more.
func (s *Store) usable() error {
	select {
	case <-s.closing:
		return store.ErrClosed
	default:
	}
	if err := s.broken.Load(); err != nil {
		return *err
	}
	return nil
}
