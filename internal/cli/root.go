// Package cli is the command line: commands as values, with their streams given, so that
// tests run them like people do.
//
// Each command has its file, named for it; what a command does beyond reading its flags and
// printing is another package's. Start with NewRoot, the list of the commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/server"
)

// Streams are what a command has of the world.
type Streams struct {
	In        io.Reader
	Out       io.Writer
	Err       io.Writer
	LookupEnv func(name string) (string, bool)
}

// NewRoot returns the command sluice with all its subcommands.
func NewRoot(streams Streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "sluice",
		Short:         "Amazon API Gateway (REST APIs) on your own machine",
		Args:          cobra.NoArgs,
		SilenceErrors: true, // Main prints them
		SilenceUsage:  true,
		RunE: func(command *cobra.Command, _ []string) error {
			return command.Help()
		},
	}
	root.AddCommand(
		newDev(streams),
		newServe(streams),
		newEnv(streams),
		newImport(streams),
		newExport(streams),
		newAPIs(streams),
		newRoutes(streams),
		newDiff(streams),
		newBackend(streams),
		newKey(streams),
		newPrincipal(streams),
		newExplain(streams),
		newTemplate(streams),
		newJSONPath(streams),
		newVersion(streams),
	)
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.Err)
	root.SetFlagErrorFunc(func(command *cobra.Command, err error) error {
		return usage(err, "see `"+command.CommandPath()+" --help`")
	})
	return root
}

// Main runs the program with its arguments and returns the exit status: 0 when all went
// well, 2 when it was called wrongly, 1 for any other failure.
func Main(ctx context.Context, arguments []string, streams Streams) int {
	root := NewRoot(streams)
	root.SetArgs(arguments)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if isArgumentError(err) {
		err = usage(err, "see `"+command.CommandPath()+" --help`")
	}
	printError(streams.Err, err)
	var wrongly *usageError
	if errors.As(err, &wrongly) {
		return 2
	}
	return 1
}

// printError prints each problem on a line of its own, and what to do about them.
func printError(w io.Writer, err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		_, _ = fmt.Fprintf(w, "sluice: %s\n", line) // there is nowhere else to complain
	}
	var advice interface{ Hint() string }
	if errors.As(err, &advice) {
		for line := range strings.SplitSeq(advice.Hint(), "\n") {
			_, _ = fmt.Fprintf(w, "hint: %s\n", line)
		}
	}
}

// usageError is the error of a program that was called wrongly.
type usageError struct {
	err  error
	hint string
}

// usage returns err as the error of a program that was called wrongly.
func usage(err error, hint string) error { return &usageError{err, hint} }

// Error returns the problem.
func (u *usageError) Error() string { return u.err.Error() }

// Unwrap returns the problem.
func (u *usageError) Unwrap() error { return u.err }

// Hint says what to do about it.
func (u *usageError) Hint() string { return u.hint }

// isArgumentError recognises what cobra says of arguments and of unknown commands; it has
// no type for them.
func isArgumentError(err error) bool {
	text := err.Error()
	for _, start := range []string{"unknown command ", "accepts ", "requires at least ", "accepts at most ", "required flag(s) "} {
		if strings.HasPrefix(text, start) {
			return true
		}
	}
	return false
}

// newVersion returns the command that says which version this is.
func newVersion(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(streams.Out, "sluice", server.Version())
			return err
		},
	}
}
