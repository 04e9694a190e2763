package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/server"
)

// settingFlags are the flags of a command for settings of the server.
type settingFlags struct {
	streams Streams
	command *cobra.Command
	given   map[string]string // by the setting's name
	file    string
}

// addSettings gives a command --config and the flags for the settings of those names, for
// all settings if none is named.
func addSettings(command *cobra.Command, streams Streams, names ...string) *settingFlags {
	flags := &settingFlags{streams: streams, command: command, given: map[string]string{}}
	command.Flags().SortFlags = false
	for _, setting := range server.Settings() {
		if len(names) > 0 && !slices.Contains(names, setting.Name) {
			continue
		}
		help := fmt.Sprintf("%s [$%s]", setting.Usage, setting.Variable())
		flag := command.Flags().VarPF(&settingFlag{setting, flags.given}, setting.Name, "", help)
		if setting.IsBool {
			flag.NoOptDefVal = "true"
		}
	}
	if command.Flags().Lookup("data") == nil {
		// A command that keeps nothing must not ask for a directory where a user has no home.
		flags.given["data"] = server.Memory
	}
	command.Flags().StringVar(&flags.file, "config", "", "YAML `FILE` of settings by the names of these flags [$"+server.ConfigVariable+"]")
	return flags
}

// load returns the configuration that flags, environment and file make.
func (f *settingFlags) load() (server.Config, error) {
	config, err := server.LoadConfig(server.Sources{Flags: f.given, LookupEnv: f.streams.LookupEnv, File: f.file})
	if err != nil {
		return config, usage(err, "see `"+f.command.CommandPath()+" --help`")
	}
	return config, nil
}

// settingFlag is the flag for one setting, a pflag.Value. It has no value until it is
// given, so that it does not hide the environment and the file.
type settingFlag struct {
	setting server.Setting
	given   map[string]string
}

// Set notes what the user gave; the configuration checks it.
func (f *settingFlag) Set(value string) error {
	f.given[f.setting.Name] = value
	return nil
}

// String returns the value for the help.
func (f *settingFlag) String() string { return f.setting.Default() }

// Type returns what stands for the value in the help.
func (f *settingFlag) Type() string { return f.setting.Value }
