//go:build !race

package edge

// Hot path.

import (
	"syscall"
	"unsafe"
)

// The calls are made without telling the scheduler. Told, it takes the processor away from a thread whose call lasts more than
// 20 µs, which a busy machine makes of every call now and then, wakes another thread for it, and looks every 20 µs whether there
// is one: a tenth of what a proxied request costs. A socket that does not block returns soon enough
// to be waited for, as a function that computes is.

// read is read(2).
func read(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}

// write is write(2).
func write(fd int, p []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), errno
}
