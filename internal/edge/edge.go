// Package edge spares a connection the read that finds nothing, and calls that are over at once their supervision.
//
// Go reads from a socket first and waits only when nothing was there. A server that has just answered, or a
// client that has just asked, knows that nothing will be there, and pays for a system call to hear it:
// two of the six that a proxied request takes. A [Socket] waits first. As the poller reports each arrival of data once, at its
// edge, whoever waits without having looked must be sure that no arrival was overlooked; that is what this
// package keeps. And while it is served, a socket is read and written with calls of which Go's scheduler is not told; the file of
// these calls says why.
//
// It exists where the poller is epoll. Elsewhere [New] returns nil, and callers read and write as everyone does.
package edge

import "errors"

// ErrNothing says that nothing has arrived that was not read. It is not an error of the connection.
var ErrNothing = errors.New("nothing to read")
