package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/server"
)

// newKey returns the command that manages access keys.
func newKey(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "key",
		Short: "Manage the access keys of a data directory",
		Long: `Manage the access keys that may sign requests to the control plane.

An access key belongs to an account, and accounts share nothing. The commands work on the
data directory while no server runs in it.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newKeyCreate(streams), newKeyList(streams), newKeyDelete(streams))
	return command
}

func newKeyCreate(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "create",
		Short: "Create an access key and print it; its secret is never shown again",
		Args:  cobra.NoArgs,
	}
	flags := addSettings(command, streams, "data", "account-id")
	command.RunE = withKeys(flags, func(ctx context.Context, keys *server.Keys, config server.Config, _ []string) error {
		key, err := keys.Create(ctx, config.AccountID)
		if err != nil {
			return err
		}
		shell := shells[defaultShell(streams)]
		_, err = fmt.Fprintf(streams.Out, "%s\n%s\n",
			shell.assign("AWS_ACCESS_KEY_ID", key.ID), shell.assign("AWS_SECRET_ACCESS_KEY", key.Secret))
		return err
	})
	return command
}

func newKeyList(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "list",
		Short: "List the access keys, one on a line: id, account, date",
		Args:  cobra.NoArgs,
	}
	flags := addSettings(command, streams, "data")
	command.RunE = withKeys(flags, func(ctx context.Context, keys *server.Keys, _ server.Config, _ []string) error {
		all, err := keys.List(ctx)
		if err != nil {
			return err
		}
		for _, key := range all {
			if _, err := fmt.Fprintf(streams.Out, "%s  %s  %s\n", key.ID, key.AccountID, key.Created.Format(time.RFC3339)); err != nil {
				return err
			}
		}
		return nil
	})
	return command
}

func newKeyDelete(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "delete ID",
		Short: "Delete an access key",
		Args:  cobra.ExactArgs(1),
	}
	flags := addSettings(command, streams, "data")
	command.RunE = withKeys(flags, func(ctx context.Context, keys *server.Keys, _ server.Config, arguments []string) error {
		err := keys.Delete(ctx, arguments[0])
		if errors.Is(err, server.ErrNoKey) {
			return usage(err, "see `sluice key list`")
		}
		return err
	})
	return command
}

// withKeys returns a command's function that works on the keys of the data directory.
func withKeys(flags *settingFlags, work func(context.Context, *server.Keys, server.Config, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, arguments []string) error {
		config, err := flags.load()
		if err != nil {
			return err
		}
		keys, err := server.OpenKeys(config.Data)
		if err != nil {
			return err
		}
		return errors.Join(work(command.Context(), keys, config, arguments), keys.Close())
	}
}
