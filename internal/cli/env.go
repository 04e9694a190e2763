package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/server"
)

// newEnv returns the command that prints the variables which lead SDKs to the server.
func newEnv(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "env",
		Short: "Print the variables that lead the AWS CLI and SDKs here",
		Long: `Print the variables that lead the AWS CLI and SDKs to the control plane.

  bash, zsh    eval "$(sluice env)"
  fish         sluice env --shell fish | source
  PowerShell   sluice env --shell powershell | Out-String | Invoke-Expression

With --auth verify, which is the default, use the access key that the first start of
"sluice serve" has printed. With --auth off any key will do, and one is printed here.`,
		Args: cobra.NoArgs,
	}
	flags := addSettings(command, streams, "control", "account-id", "region", "auth")
	shell := command.Flags().String("shell", defaultShell(streams), "`SHELL` to print for: bash, fish or powershell")
	command.RunE = func(*cobra.Command, []string) error {
		language, ok := shells[*shell]
		if !ok {
			return usage(fmt.Errorf("--shell: %q is none of bash, fish and powershell", *shell), "zsh and sh understand bash's")
		}
		config, err := flags.load()
		if err != nil {
			return err
		}
		variables, err := sdkVariables(config)
		if err != nil {
			return err
		}
		for _, v := range variables {
			if _, err := fmt.Fprintln(streams.Out, language.assign(v.name, v.value)); err != nil {
				return err
			}
		}
		return nil
	}
	return command
}

// variable is an environment variable.
type variable struct{ name, value string }

// sdkVariables returns what SDKs need to reach the control plane.
func sdkVariables(config server.Config) ([]variable, error) {
	endpoint, err := endpointURL(config.Control)
	if err != nil {
		return nil, err
	}
	variables := []variable{
		{"AWS_ENDPOINT_URL_API_GATEWAY", endpoint},
		{"AWS_REGION", config.Region},
		{"AWS_DEFAULT_REGION", config.Region}, // which boto3 and older SDKs read
	}
	if config.Auth == server.Off {
		// An access key id of twelve digits is taken for the account.
		variables = append(variables, variable{"AWS_ACCESS_KEY_ID", config.AccountID}, variable{"AWS_SECRET_ACCESS_KEY", "any"})
	}
	return variables, nil
}

// endpointURL returns how this machine reaches the control plane at an address.
func endpointURL(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if port == "0" {
		return "", usage(errors.New("control: port 0 is any that is free, so nobody knows it in advance"),
			"give the address that `sluice serve` has printed, with --control")
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

// shellLanguage is how a shell is spoken to.
type shellLanguage struct {
	assign func(name, value string) string // sets an environment variable
	eval   string                          // runs what the command %s prints
}

// shells are the shells that can be spoken to.
var shells = map[string]shellLanguage{
	"bash": {
		assign: func(name, value string) string { return "export " + name + "=" + bashQuote(value) },
		eval:   `eval "$(%s)"`,
	},
	"fish": {
		assign: func(name, value string) string {
			return "set -gx " + name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'"
		},
		eval: "%s --shell fish | source",
	},
	"powershell": {
		assign: func(name, value string) string {
			return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
		},
		eval: "%s --shell powershell | Out-String | Invoke-Expression",
	},
}

// bashQuote quotes a value where it needs it.
func bashQuote(value string) string {
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@+=,", r)
	}
	if value != "" && strings.IndexFunc(value, func(r rune) bool { return !isPlain(r) }) < 0 {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// defaultShell guesses the user's shell.
func defaultShell(streams Streams) string {
	if runtime.GOOS == "windows" {
		return "powershell"
	}
	if login, _ := streams.LookupEnv("SHELL"); path.Base(login) == "fish" {
		return "fish"
	}
	return "bash"
}
