// Package rig is what the programs below bench have in common: it starts servers as processes and ends them, deploys APIs,
// reads how much CPU time and memory a process has used, and speaks HTTP/1.1 as a load generator does.
//
// It measures nothing by itself. Start reading at [Fleet]; sluice.go starts this program, load.go is the load generator, client.go a client
// for calls one after the other.
// CPU time and memory need Linux (/proc).
package rig

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Fleet is the processes that were started. It belongs to one goroutine.
type Fleet struct {
	Dir string // for files of a run; it goes with the fleet

	commands []*exec.Cmd
	errors   *os.File // what the processes say, for when one fails
}

// NewFleet returns a fleet of no process. The caller calls Stop.
func NewFleet() (*Fleet, error) {
	dir, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return nil, err
	}
	errors, err := os.Create(filepath.Join(dir, "stderr"))
	return &Fleet{Dir: dir, errors: errors}, err
}

// Stop ends all processes and removes their files.
func (f *Fleet) Stop() {
	for _, command := range f.commands {
		_ = command.Process.Signal(os.Interrupt)
	}
	for _, command := range f.commands {
		timer := time.AfterFunc(3*time.Second, func() { _ = command.Process.Kill() })
		_ = command.Wait() // fails for what has ended before
		timer.Stop()
	}
	_ = f.errors.Close()
	_ = os.RemoveAll(f.Dir)
}

// Said returns the end of what the processes wrote to their standard error.
func (f *Fleet) Said() string {
	const most = 8 << 10
	text, _ := os.ReadFile(f.errors.Name())
	return string(text[max(0, len(text)-most):])
}

// Start starts a command that ends with the fleet.
func (f *Fleet) Start(command *exec.Cmd) error {
	command.Stderr = f.errors
	if err := command.Start(); err != nil {
		return err
	}
	f.commands = append(f.commands, command)
	return nil
}

// StartSelf starts this very program with other arguments and returns the address that it prints as its first line, and its
// process id.
func (f *Fleet) StartSelf(arguments ...string) (address string, process int, err error) {
	self, err := os.Executable()
	if err != nil {
		return "", 0, err
	}
	command := exec.Command(self, arguments...)
	out, err := command.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	if err := f.Start(command); err != nil {
		return "", 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return "", 0, fmt.Errorf("start %s: %w", strings.Join(arguments, " "), err)
	}
	return strings.TrimSpace(line), command.Process.Pid, nil
}

// FreeAddress returns a loopback address that nobody listens on.
func FreeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	address := ln.Addr().String()
	return address, ln.Close()
}

// WaitFor waits until something listens on the address, for at most some seconds.
func WaitFor(ctx context.Context, address string) error {
	return eventually(ctx, func() error {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return err
		}
		return c.Close()
	})
}

// eventually tries until try succeeds, for at most some seconds, and returns its last error.
func eventually(ctx context.Context, try func() error) (err error) {
	for range 2500 {
		if err = try(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return err
}
