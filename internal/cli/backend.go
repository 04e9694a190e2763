package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/backend"
)

// newBackend returns the command that runs one of the back ends of the examples.
func newBackend(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:       "backend {" + strings.Join(backend.Names(), "|") + "}",
		Short:     "Run one of the small back ends that the examples call",
		Long:      "Run one of the small back ends that the examples call: petstore keeps pets in memory, echo answers\nwith the request that it got.",
		Args:      cobra.ExactArgs(1),
		ValidArgs: backend.Names(),
	}
	address := command.Flags().String("listen", "127.0.0.1:8081", "`ADDR` to listen on")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		handler, err := backend.New(arguments[0])
		if err != nil {
			return usage(err, "see `sluice backend --help`")
		}
		var config net.ListenConfig
		listener, err := config.Listen(command.Context(), "tcp", *address)
		if err != nil {
			return &hintedError{err, "choose another address with --listen; port 0 takes any that is free"}
		}
		if _, err := fmt.Fprintf(streams.Out, "%s at http://%s\n", arguments[0], listener.Addr()); err != nil {
			return err
		}
		return serveBackend(command.Context(), listener, handler)
	}
	return command
}

// backendDrain is how long requests in flight may take once the program is asked to end.
const backendDrain = 5 * time.Second

// serveBackend serves until the program is asked to end.
func serveBackend(ctx context.Context, listener net.Listener, handler http.Handler) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), backendDrain)
		defer cancel()
		drained <- server.Shutdown(bounded)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}

// hintedError is an error with what to do about it.
type hintedError struct {
	error
	hint string
}

// Hint says what to do about it.
func (e *hintedError) Hint() string { return e.hint }
