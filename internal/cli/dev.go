package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/backend"
	"github.com/sluice-gateway/sluice/internal/certificate"
	"github.com/sluice-gateway/sluice/internal/dev"
	"github.com/sluice-gateway/sluice/internal/server"
)

// newDev returns the command that runs one OpenAPI file and follows its changes.
func newDev(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "dev FILE",
		Short: "Run the API of an OpenAPI file and follow its changes",
		Long: `Run the API that an OpenAPI 3.0 or Swagger 2.0 file with x-amazon-apigateway extensions
describes, in memory, and deploy it again whenever the file changes. A file with a mistake is
told of, and the last good version stays up.

The API is served at the root path of the gateway's address and, as on AWS, below the name of
its stage at its own host name. The control plane is served too, without signatures.

Integrations find their back ends by stage variables: --var sets one, --backend starts one of
the back ends of the examples and puts its address, host:port, into one. The member x-sluice-dev
of the file says the same:

  x-sluice-dev:
    stageVariables: {table: pets}
    backends: {backend: petstore}`,
		Example: "  sluice dev examples/petstore.yaml\n  sluice dev api.yaml --gateway 127.0.0.1:0 --var backend=localhost:3000",
		Args:    cobra.ExactArgs(1),
	}
	flags := addSettings(command, streams, "control", "gateway", "gateway-tls", "tls-development", "account-id", "region")
	secure := command.Flags().Bool("tls", false, "serve the API with TLS, too, at "+secureAddress+" unless --gateway-tls is given, with certificates of a development authority")
	stage := command.Flags().String("stage", "dev", "`NAME` of the stage to deploy to")
	variables := command.Flags().StringArray("var", nil, "stage variable, `NAME=VALUE`; may be repeated")
	backends := command.Flags().StringArray("backend", nil,
		"stage variable to hold the address of a back end that is started, `NAME=BACKEND`; BACKEND is "+strings.Join(backend.Names(), " or "))
	command.RunE = func(command *cobra.Command, arguments []string) error {
		config, err := flags.load()
		if err != nil {
			return err
		}
		session := dev.Config{File: arguments[0], APIID: dev.APIID(arguments[0]), Stage: *stage, Findings: new(dev.Findings), Out: dev.Output(streams.Out)}
		if session.Variables, err = pairs("var", *variables); err != nil {
			return err
		}
		if session.Backends, err = backendPairs(*backends); err != nil {
			return err
		}
		if err := checkFile(session.File); err != nil {
			return err
		}
		if *secure {
			if err := develop(&config); err != nil {
				return err
			}
		}
		return runDev(command.Context(), streams, config, session)
	}
	return command
}

// secureAddress is where TLS is spoken unless another address is given.
const secureAddress = "127.0.0.1:8443"

// develop makes a configuration one with TLS and a development authority, which is kept with the data of the user's
// other servers: whoever trusts it need do so once.
func develop(config *server.Config) error {
	if config.GatewayTLS == server.Off {
		config.GatewayTLS = secureAddress
	}
	if config.TLS.Development != "" {
		return nil
	}
	data := server.DefaultConfig().Data
	if data == "" {
		return usage(errors.New("--tls: there is no home directory for the authority"), "name a directory with --tls-development")
	}
	config.TLS.Development = filepath.Join(data, "development")
	return nil
}

// runDev runs a server in memory and the session in it.
func runDev(ctx context.Context, streams Streams, config server.Config, session dev.Config) error {
	config.Data, config.Auth, config.Admin = server.Memory, server.Off, server.Off
	config.RootAPI, config.RootStage = session.APIID, session.Stage
	config.Wrap, config.Findings = dev.LogRequests(session.Out), session.Findings.Add
	config.Logger = slog.New(dev.LogHandler(session.Out, slog.LevelWarn))
	s, err := server.Open(ctx, config)
	if err != nil {
		return err
	}
	session.ControlURL, session.GatewayURL, session.SecureURL = s.ControlURL(), s.GatewayURL(), s.SecureURL()
	if config.TLS.Development != "" {
		session.Authority = filepath.Join(config.TLS.Development, certificate.AuthorityFile)
	}

	ctx, stop := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := dev.Run(ctx, session); err != nil {
			stop(err)
		}
	}()
	err = runUntilSignal(ctx, s, streams.Err)
	stop(nil)
	<-ended
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return errors.Join(cause, err)
	}
	return err
}

// checkFile tells early of a file that cannot be read.
func checkFile(name string) error {
	file, err := os.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return usage(fmt.Errorf("%s: there is no such file", name), "name an OpenAPI file, such as examples/petstore.yaml")
	case err != nil:
		return err
	}
	return file.Close()
}

// pairs reads the values NAME=VALUE of a flag.
func pairs(flag string, values []string) (map[string]string, error) {
	read := make(map[string]string, len(values))
	for _, v := range values {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return nil, usage(fmt.Errorf("--%s: %q is not of the form NAME=VALUE", flag, v), "see `sluice dev --help`")
		}
		read[name] = value
	}
	return read, nil
}

// backendPairs reads the values of --backend.
func backendPairs(values []string) (map[string]string, error) {
	read, err := pairs("backend", values)
	if err != nil {
		return nil, err
	}
	for _, name := range read {
		if !slices.Contains(backend.Names(), name) {
			return nil, usage(fmt.Errorf("--backend: there is no back end %q", name), "choose one of "+strings.Join(backend.Names(), ", "))
		}
	}
	return read, nil
}
