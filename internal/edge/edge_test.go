//go:build linux

package edge_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/edge"
)

// pair returns the two ends of a TCP connection.
func pair(t *testing.T) (near, far net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if far, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { far.Close() })
	if near, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close() })
	return near, far
}

// send writes text to a connection.
func send(t *testing.T, nc net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(nc, text); err != nil {
		t.Fatal(err)
	}
}

// An answer ends the wait of the step that asked, however soon it comes.
func TestAnswerEndsTheWait(t *testing.T) {
	near, far := pair(t)
	buf := make([]byte, 64)
	var got string
	asked := false
	var s *edge.Socket
	s = edge.New(near, func() bool {
		if !asked {
			asked = true
			send(t, near, "question")
			if _, err := far.Read(buf); err != nil {
				t.Error(err)
			}
			send(t, far, "answer") // it is there before the step asks to wait
			return true
		}
		n, err := s.Try(buf)
		if errors.Is(err, edge.ErrNothing) {
			return true
		}
		if err != nil {
			t.Error(err)
		}
		got = string(buf[:n])
		return false
	})
	if err := near.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(); err != nil || got != "answer" {
		t.Errorf("Run: %q, %v", got, err)
	}
}

// Of many small pieces none is overlooked, whether they come while a step runs or while it waits.
func TestNothingIsOverlooked(t *testing.T) {
	const pieces = 20_000
	near, far := pair(t)
	go func() {
		defer far.Close()
		for range pieces {
			if _, err := far.Write([]byte("x")); err != nil {
				return
			}
		}
	}()
	received := 0
	var failure error
	var s *edge.Socket
	s = edge.New(near, func() bool {
		var buf [7]byte
		for {
			n, err := s.Try(buf[:])
			received += n
			switch {
			case errors.Is(err, edge.ErrNothing):
				return true
			case err != nil:
				failure = err
				return false
			case n < len(buf) && received < pieces:
				return true
			}
		}
	})
	if err := near.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(); err != nil || failure != io.EOF || received != pieces {
		t.Errorf("received %d of %d: %v, %v", received, pieces, err, failure)
	}
}

// A deadline and a close end the wait.
func TestWaitEnds(t *testing.T) {
	near, _ := pair(t)
	s := edge.New(near, func() bool { return true })
	if err := near.SetReadDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	if err := near.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	waits := make(chan struct{})
	s = edge.New(near, func() bool {
		close(waits)
		return true
	})
	ended := make(chan error)
	go func() { ended <- s.Run() }()
	<-waits
	near.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("close: %v", err)
	}
}

// A connection that the other end breaks off says so.
func TestTryAtTheEnd(t *testing.T) {
	near, far := pair(t)
	var ends []error
	var s *edge.Socket
	s = edge.New(near, func() bool {
		_, err := s.Try(make([]byte, 1))
		if errors.Is(err, edge.ErrNothing) {
			return true
		}
		ends = append(ends, err)
		return false
	})
	far.Close()
	if err := s.Run(); err != nil || len(ends) != 1 || ends[0] != io.EOF {
		t.Errorf("Run: %v, %v", ends, err)
	}
}

// As much is sent as there is room for, and to a connection that is broken nothing.
func TestSend(t *testing.T) {
	near, far := pair(t)
	if err := near.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 8<<20)
	sent, broken := 0, -1
	var s *edge.Socket
	s = edge.New(near, func() bool {
		sent = s.Send(out) // the receiver reads nothing yet
		if err := near.(*net.TCPConn).CloseWrite(); err != nil {
			t.Error(err)
		}
		broken = s.Send(out)
		return false
	})
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	received, err := io.Copy(io.Discard, far)
	if err != nil {
		t.Fatal(err)
	}
	if sent <= 0 || sent >= len(out) || int64(sent) != received {
		t.Errorf("%d of %d bytes sent, %d received", sent, len(out), received)
	}
	if broken != 0 {
		t.Errorf("%d bytes sent on a connection whose sending side is closed", broken)
	}
}

// What is no TCP connection has no socket.
func TestNoSocket(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	if edge.New(near, func() bool { return false }) != nil {
		t.Error("a pipe has a socket")
	}
}
