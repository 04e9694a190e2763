package cli

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/remote"
	"github.com/sluice-gateway/sluice/internal/server"
)

// remoteHelp says in the help of a command how it finds the server.
const remoteHelp = `

The server is found as the AWS CLI finds it after "sluice env": by AWS_ENDPOINT_URL_API_GATEWAY, AWS_REGION,
AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Flags win over these; without any, it is the server
that "sluice serve --auth off" starts here.`

// remoteFlags are the flags of a command that calls a control plane.
type remoteFlags struct {
	streams Streams
	flags   *settingFlags
}

// addRemote gives a command the flags that say which control plane it calls.
func addRemote(command *cobra.Command, streams Streams) *remoteFlags {
	return &remoteFlags{streams, addSettings(command, streams, "control", "account-id", "region")}
}

// client returns the client for the control plane that flags, environment and file name.
func (f *remoteFlags) client() (*remote.Client, error) {
	config, err := f.flags.load()
	if err != nil {
		return nil, err
	}
	c := &remote.Client{Region: config.Region}
	if c.URL, err = f.endpoint(config); err != nil {
		return nil, err
	}
	if _, given := f.flags.given["region"]; !given {
		c.Region = f.first(config.Region, "AWS_REGION", "AWS_DEFAULT_REGION")
	}
	id, secret := f.first("", "AWS_ACCESS_KEY_ID"), f.first("", "AWS_SECRET_ACCESS_KEY")
	switch {
	case id != "" && secret != "":
		c.Credentials = aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: f.first("", "AWS_SESSION_TOKEN")}
	case id != "" || secret != "":
		return nil, usage(errors.New("only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set"), "set both, or none for a server with --auth off")
	default:
		// A server with --auth off takes an access key id of twelve digits for the account.
		c.Credentials = aws.Credentials{AccessKeyID: config.AccountID, SecretAccessKey: "any"}
	}
	return c, nil
}

// endpoint returns the URL of the control plane.
func (f *remoteFlags) endpoint(config server.Config) (string, error) {
	if _, given := f.flags.given["control"]; !given {
		if endpoint := f.first("", "AWS_ENDPOINT_URL_API_GATEWAY", "AWS_ENDPOINT_URL"); endpoint != "" {
			return strings.TrimRight(endpoint, "/"), nil
		}
	}
	return endpointURL(config.Control)
}

// first returns the value of the first variable that is set and not empty, else what is usual.
func (f *remoteFlags) first(usual string, names ...string) string {
	for _, name := range names {
		if value, ok := f.streams.LookupEnv(name); ok && value != "" {
			return value
		}
	}
	return usual
}
