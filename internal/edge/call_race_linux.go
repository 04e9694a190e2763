//go:build race

package edge

import (
	"errors"
	"syscall"
)

// The race detector learns from these functions of package syscall that what was written happened before it is read.

// read is read(2).
func read(fd int, p []byte) (int, syscall.Errno) { return result(syscall.Read(fd, p)) }

// write is write(2).
func write(fd int, p []byte) (int, syscall.Errno) { return result(syscall.Write(fd, p)) }

// result makes an error the number that it is.
func result(n int, err error) (int, syscall.Errno) {
	var errno syscall.Errno
	errors.As(err, &errno)
	return n, errno
}
