package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"runtime"

	berrors "go.etcd.io/bbolt/errors"
)

// castagnoli is the polynomial that processors compute by themselves.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealBytes is what a sealed value has more than the value.
const sealBytes = 4

// seal returns the value as it is stored under key.
func seal(key, value []byte) []byte {
	sealed := make([]byte, sealBytes, sealBytes+len(value))
	binary.BigEndian.PutUint32(sealed, checksum(key, value))
	return append(sealed, value...)
}

// unseal returns the value within what is stored under key, sharing its memory.
func unseal(key, sealed []byte) ([]byte, error) {
	if len(sealed) < sealBytes {
		return nil, fmt.Errorf("%w: the value of %q is cut off", ErrDamaged, key)
	}
	value := sealed[sealBytes:]
	if binary.BigEndian.Uint32(sealed) != checksum(key, value) {
		return nil, fmt.Errorf("%w: the checksum of %q is wrong", ErrDamaged, key)
	}
	return value, nil
}

// checksum covers the key too, so that a value never passes for that of another key.
func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

// guard makes an error of a panic of bbolt. bbolt trusts its file: where the file is not
// whole, it fails an assertion, runs out of bounds or reads beyond the end of the mapping.
func guard(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: %v", ErrDamaged, p)
	}
}

// openError says in our words what kept bbolt from opening the file.
func openError(err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrLocked
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum),
		errors.Is(err, berrors.ErrVersionMismatch):
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// ownerOnly takes the rights of others to an existing file away. It reports whether
// there is none yet.
func ownerOnly(path string) (created bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, errors.New("it is not a regular file")
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return false, os.Chmod(path, 0o600)
	}
	return false, nil
}

// syncDir makes the names in a directory durable. Windows has no such call and no need.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
