package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/server"
)

// newServe returns the command that serves both planes.
func newServe(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "serve",
		Short: "Serve the control plane and the APIs that are deployed with it",
		Long: `Serve the control plane and the APIs that are deployed with it.

The control plane is for the AWS CLI, boto3, the SDKs and Terraform; run "sluice env" for the
variables that lead them here. What they deploy is served on the gateway's address.

Each setting may also be given by its environment variable or in the file of --config;
flags win over the environment, the environment over the file.`,
		Args: cobra.NoArgs,
	}
	flags := addSettings(command, streams)
	command.RunE = func(command *cobra.Command, _ []string) error {
		config, err := flags.load()
		if err != nil {
			return err
		}
		config.LogOutput = streams.Err
		s, err := server.Open(command.Context(), config)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(streams.Out, banner(s, config, defaultShell(streams))); err != nil {
			_ = s.Close() // nothing has been served; the first error tells more
			return err
		}
		return runUntilSignal(command.Context(), s, streams.Err)
	}
	return command
}

// runUntilSignal runs a server until the program is asked to end. Asked once more, it does
// not wait for the requests in flight.
func runUntilSignal(ctx context.Context, s *server.Server, messages io.Writer) error {
	if _, chosen := os.LookupEnv("GOGC"); !chosen {
		defer spaceCollections()()
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	defer reopenLogsOnSignal(s)()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for _, act := range []func(){
			func() {
				_, _ = fmt.Fprintln(messages, "finishing the requests in flight; once more to break them off")
				stop()
			},
			s.Abort,
		} {
			select {
			case <-signals:
				act()
			case <-ended:
				return
			}
		}
	}()
	return s.Run(ctx)
}

// reopenLogsOnSignal makes SIGHUP, which Windows does not send, reopen the logs of stages until end is called.
func reopenLogsOnSignal(s *server.Server) (end func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				s.ReopenLogs()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}

// banner says where everything is and what to do next.
func banner(s *server.Server, config server.Config, shell string) string {
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("sluice %s", server.Version())
	line("")
	line("  control plane  %-24s AWS CLI, boto3, SDKs, Terraform", s.ControlURL())
	line("  gateway        %-24s %s/_aws/execute-api/{api-id}/{stage}/", s.GatewayURL(), s.GatewayURL())
	if secure := s.SecureURL(); secure != "" {
		line("  gateway, TLS   %-24s HTTP/2 and HTTP/1.1", secure)
	}
	if admin := s.AdminURL(); admin != "" {
		line("  admin          %-24s /livez /readyz /metrics /debug/pprof/", admin)
	}
	line("  data           %s", whereData(config.Data))
	if key := s.FirstKey(); key != nil {
		line("")
		line("This first start made an access key. Keep it: its secret is never shown again.")
		line("")
		line("  %s", shells[shell].assign("AWS_ACCESS_KEY_ID", key.ID))
		line("  %s", shells[shell].assign("AWS_SECRET_ACCESS_KEY", key.Secret))
	}
	line("")
	line("Next, in another terminal:")
	line("")
	line("  "+shells[shell].eval, "sluice env"+envFlags(s, config))
	line("  aws apigateway create-rest-api --name first")
	line("")
	return b.String()
}

// whereData says where a server keeps its data.
func whereData(data string) string {
	if data == server.Memory {
		return "nothing is kept"
	}
	if absolute, err := filepath.Abs(data); err == nil {
		return absolute
	}
	return data
}

// envFlags returns the flags with which `sluice env` finds this server.
func envFlags(s *server.Server, config server.Config) string {
	defaults, flags := server.DefaultConfig(), ""
	add := func(name, value, usual string) {
		if value != usual {
			flags += " --" + name + " " + value
		}
	}
	add("control", strings.TrimPrefix(s.ControlURL(), "http://"), defaults.Control)
	add("region", config.Region, defaults.Region)
	add("auth", config.Auth, defaults.Auth)
	if config.Auth == server.Off {
		add("account-id", config.AccountID, defaults.AccountID)
	}
	return flags
}
