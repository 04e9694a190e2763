package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/server"
)

// newPrincipal returns the command that manages principals.
func newPrincipal(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "principal",
		Short: "Manage the principals of a data directory, who may sign requests",
		Long: `Manage the principals who may sign requests: to methods with the authorization AWS_IAM, and
calls of the control plane.

A principal is an access key with the user or role that it belongs to, and the IAM policies
attached to it, which decide over both: execute-api:Invoke lets it call an API, actions such
as apigateway:GET let it call operations. The commands work on the data directory while no server runs in it; a file
of principals may be given to the server with --principals.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newPrincipalAdd(streams), newPrincipalList(streams), newPrincipalRemove(streams))
	return command
}

// principalFlags are the flags of `sluice principal add`.
type principalFlags struct {
	principal iam.Principal
	policies  []string // files
	tags      map[string]string
	temporary bool
	lasts     time.Duration
}

func newPrincipalAdd(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "add",
		Short: "Add a principal and print its new access key; secrets are never shown again",
		Long: `Add a principal and print its new access key, whose secret is never shown again.

With --access-key-id the key is one that exists already: its secret is read from the first
line of the standard input, and with --temporary its session token from the second.`,
		Example: `  sluice principal add --arn arn:aws:iam::111122223333:user/ann --policy invoke.json --policy read-only.json
  sluice principal add --arn arn:aws:iam::111122223333:role/caller --session job-1 --temporary --lasts 12h`,
		Args: cobra.NoArgs,
	}
	flags := addSettings(command, streams, "data")
	var f principalFlags
	set := command.Flags()
	set.StringVar(&f.principal.ARN, "arn", "", "`ARN` of a user, a role, a role's session or an account's root")
	set.StringVar(&f.principal.SessionName, "session", "", "`NAME` of the session, for the ARN of a role")
	set.StringVar(&f.principal.ID, "id", "", "unique `ID` of the user or role; made of the ARN if not given")
	set.StringArrayVar(&f.policies, "policy", nil, "`FILE` with an IAM policy to attach; may be given again")
	set.StringToStringVar(&f.tags, "tag", nil, "`KEY=VALUE` of a tag; may be given again")
	set.StringVar(&f.principal.OrganizationID, "organization", "", "`ID` of the organization that the account is a member of")
	set.BoolVar(&f.temporary, "temporary", false, "the credentials are temporary: they have a session token")
	set.DurationVar(&f.lasts, "lasts", 0, "how long temporary credentials last; for ever if not given")
	set.StringVar(&f.principal.AccessKeyID, "access-key-id", "", "`ID` of a key that exists; its secret is read from the standard input")
	_ = command.MarkFlagRequired("arn") // the flag exists
	command.RunE = withPrincipals(flags, func(ctx context.Context, all *server.Principals, _ []string) error {
		return f.add(ctx, streams, all)
	})
	return command
}

// add adds the principal of the flags.
func (f *principalFlags) add(ctx context.Context, streams Streams, all *server.Principals) error {
	principal := f.principal
	principal.Tags = f.tags
	for _, path := range f.policies {
		document, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("policy: %w", err)
		}
		principal.Policies = append(principal.Policies, string(document))
	}
	if f.lasts < 0 || f.lasts > 0 && !f.temporary {
		return usage(errors.New("--lasts is above zero, and for --temporary credentials"), "see `sluice principal add --help`")
	}
	given := principal.AccessKeyID != ""
	if given {
		lines := bufio.NewScanner(streams.In)
		lines.Scan()
		principal.SecretAccessKey = strings.TrimSpace(lines.Text())
		if f.temporary {
			lines.Scan()
			principal.SessionToken = strings.TrimSpace(lines.Text())
		}
		if err := lines.Err(); err != nil {
			return fmt.Errorf("read the secret: %w", err)
		}
	} else {
		server.NewPrincipalKey(&principal, f.temporary)
	}
	if f.temporary {
		principal.Issued = time.Now().UTC().Truncate(time.Second)
	}
	if f.lasts > 0 {
		principal.Expires = principal.Issued.Add(f.lasts)
	}
	if err := all.Add(ctx, principal); err != nil {
		return err
	}
	for _, key := range server.UnknownConditionKeys(&principal) {
		// It must not keep the secret from being printed that it can't be told.
		_, _ = fmt.Fprintf(streams.Err, "sluice: warning: no request has the condition key %s: conditions see it absent\n", key)
	}
	if given {
		return nil
	}
	shell := shells[defaultShell(streams)]
	lines := []string{shell.assign("AWS_ACCESS_KEY_ID", principal.AccessKeyID), shell.assign("AWS_SECRET_ACCESS_KEY", principal.SecretAccessKey)}
	if f.temporary {
		lines = append(lines, shell.assign("AWS_SESSION_TOKEN", principal.SessionToken))
	}
	_, err := fmt.Fprintln(streams.Out, strings.Join(lines, "\n"))
	return err
}

func newPrincipalList(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "list",
		Short: "List the principals, one on a line: access key, ARN, session, number of policies, end",
		Args:  cobra.NoArgs,
	}
	flags := addSettings(command, streams, "data")
	command.RunE = withPrincipals(flags, func(ctx context.Context, all *server.Principals, _ []string) error {
		list, err := all.List(ctx)
		if err != nil {
			return err
		}
		for _, p := range list {
			session, end := "-", "-"
			if p.SessionName != "" {
				session = p.SessionName
			}
			if !p.Expires.IsZero() {
				end = p.Expires.Format(time.RFC3339)
			}
			if _, err := fmt.Fprintf(streams.Out, "%s  %s  %s  %d  %s\n", p.AccessKeyID, p.ARN, session, len(p.Policies), end); err != nil {
				return err
			}
		}
		return nil
	})
	return command
}

func newPrincipalRemove(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "remove ACCESS-KEY-ID",
		Short: "Remove a principal",
		Args:  cobra.ExactArgs(1),
	}
	flags := addSettings(command, streams, "data")
	command.RunE = withPrincipals(flags, func(ctx context.Context, all *server.Principals, arguments []string) error {
		err := all.Remove(ctx, arguments[0])
		if errors.Is(err, server.ErrNoPrincipal) {
			return usage(err, "see `sluice principal list`")
		}
		return err
	})
	return command
}

// withPrincipals returns a command's function that works on the principals of the data directory.
func withPrincipals(flags *settingFlags, work func(context.Context, *server.Principals, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, arguments []string) error {
		config, err := flags.load()
		if err != nil {
			return err
		}
		all, err := server.OpenPrincipals(config.Data)
		if err != nil {
			return err
		}
		return errors.Join(work(command.Context(), all, arguments), all.Close())
	}
}
