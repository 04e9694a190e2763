package server

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
)

// Setting is one thing that a user may set: by the flag --name, the environment variable
// SLUICE_NAME or the line "name: value" of the configuration file.
type Setting struct {
	Name  string // in lower case with hyphens
	Value string // what the value is, for the help: "ADDR"
	Usage string

	IsBool bool // the flag alone means true

	set func(*Config, string) error
	get func(*Config) string
}

// Variable returns the name of the setting's environment variable.
func (s Setting) Variable() string {
	return "SLUICE_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Default returns the value that the setting has when nobody sets it.
func (s Setting) Default() string {
	config := DefaultConfig()
	return s.get(&config)
}

// ConfigVariable is the environment variable that names the configuration file.
const ConfigVariable = "SLUICE_CONFIG"

// Settings returns every setting, in the order of the help.
func Settings() []Setting {
	return []Setting{
		text("control", "ADDR", "address of the control plane, for SDKs and the AWS CLI", func(c *Config) *string { return &c.Control }),
		text("gateway", "ADDR", "address of the data plane, where the APIs are called", func(c *Config) *string { return &c.Gateway }),
		text("gateway-tls", "ADDR", "address of the data plane with TLS, or off", func(c *Config) *string { return &c.GatewayTLS }),
		text("tls-certificate", "FILE", "PEM file of the certificate, with its chain, for hosts that have none of their own", func(c *Config) *string { return &c.TLS.Default.Certificate }),
		text("tls-key", "FILE", "PEM file of that certificate's private key; the same file if not given", func(c *Config) *string { return &c.TLS.Default.Key }),
		text("tls-development", "DIR", "directory of an authority for development, made if there is none, that certifies all hosts without certificate", func(c *Config) *string { return &c.TLS.Development }),
		boolean("multi-level-base-paths", "take base paths of several levels, such as orders/v1, from CreateBasePathMapping", func(c *Config) *bool { return &c.MultiLevelBasePaths }),
		text("admin", "ADDR", "address of /livez, /readyz, /metrics and /debug/pprof/, or off", func(c *Config) *string { return &c.Admin }),
		text("data", "DIR", "directory to keep everything in, or "+Memory+" to keep nothing", func(c *Config) *string { return &c.Data }),
		text("logs", "DIR", "directory for the access and execution logs of stages, or "+LogStandard+" for the program's own log; logs below --data if not given",
			func(c *Config) *string { return &c.Logs }),
		number("log-rotate-size", "MIB", "size in MiB at which a log file of --logs is moved aside, or 0 for never", func(c *Config) *int { return &c.LogRotateSize }),
		number("log-rotate-keep", "N", "how many log files that were moved aside are kept of each log", func(c *Config) *int { return &c.LogRotateKeep }),
		text("xray-daemon", "ADDR", "UDP address of an X-Ray daemon or a collector that takes traces from one; AWS_XRAY_DAEMON_ADDRESS if not given",
			func(c *Config) *string { return &c.XRayDaemon }),
		number("cache-memory", "MIB", "memory for the response caches of all stages together, in MiB", func(c *Config) *int { return &c.CacheMemory }),
		number("account-rate", "N", "the most requests a second to all APIs of an account in a region together, or 0 for no such throttle", func(c *Config) *int { return &c.AccountRate }),
		number("account-burst", "N", "the most requests at once within --account-rate", func(c *Config) *int { return &c.AccountBurst }),
		text("account-id", "ID", "account of the first access key, or of all callers with --auth off", func(c *Config) *string { return &c.AccountID }),
		text("region", "REGION", "region of callers who name none", func(c *Config) *string { return &c.Region }),
		text("auth", "MODE", "verify checks signatures; off trusts everyone, on loopback addresses only", func(c *Config) *string { return &c.Auth }),
		text("principals", "FILE", "YAML list of principals who may sign requests, readable by its owner alone", func(c *Config) *string { return &c.PrincipalsFile }),
		list("suffix", "DOMAINS", "further domains below which {api-id}.execute-api.{domain} names an API", func(c *Config) *[]string { return &c.Suffixes }),
		list("trust", "FILES", "PEM files of further authorities that back ends' certificates may chain to", func(c *Config) *[]string { return &c.TrustFiles }),
		boolean("allow-link-local", "let integrations call link-local addresses and the instance metadata service", func(c *Config) *bool { return &c.AllowLinkLocal }),
		duration("max-integration-timeout", "the longest timeout that an integration may have, whose response is not streamed", func(c *Config) *time.Duration { return &c.MaxIntegrationTimeout }),
		duration("connect-timeout", "how long a connection to a back end may take, within the integration's timeout", func(c *Config) *time.Duration { return &c.ConnectTimeout }),
		duration("first-byte-timeout", "how long a back end may take to begin its answer, within the integration's timeout; 0s for all of it", func(c *Config) *time.Duration { return &c.FirstByteTimeout }),
		addresses("allow-addresses", "further addresses that integrations may call", func(c *Config) *[]netip.Prefix { return &c.AllowAddresses }),
		addresses("deny-addresses", "further addresses that integrations may not call; the longest prefix decides", func(c *Config) *[]netip.Prefix { return &c.DenyAddresses }),
		boolean("keep-roles", "call AWS services with the gateway's own credentials instead of assuming integrations' roles", func(c *Config) *bool { return &c.KeepRoles }),
		number("max-backend-connections", "N", "the most connections to one back end; further calls wait within their timeout",
			func(c *Config) *int { return &c.MaxBackendConnections }),
		boolean("fold-header-names", "find clients' headers whatever the case of the names that mappings and validation use, where a proxy in front changes it", func(c *Config) *bool { return &c.FoldHeaderNames }),
		number("stream-rate", "MIB", "how many MiB of a streamed response go on in a second behind its first 10 MB, 2 on the service; 0 for as fast as the client reads",
			func(c *Config) *int { return &c.StreamRate }),
		limitsSetting(),
		ratesSetting(),
		boolean("require-roles", "refuse integrations with AWS services other than Lambda that name no role", func(c *Config) *bool { return &c.RequireRoles }),
		duration("shutdown-timeout", "how long requests in flight may take once a shutdown has begun", func(c *Config) *time.Duration { return &c.ShutdownTimeout }),
		text("log-format", "FORMAT", "text or json", func(c *Config) *string { return &c.LogFormat }),
		{
			Name: "log-level", Value: "LEVEL",
			Usage: "the least that is logged: debug, info, warn or error",
			set: func(c *Config, value string) error {
				if err := c.LogLevel.UnmarshalText([]byte(value)); err != nil {
					return fmt.Errorf("%q is none of debug, info, warn and error", value)
				}
				return nil
			},
			get: func(c *Config) string { return strings.ToLower(c.LogLevel.String()) },
		},
	}
}

// text returns a setting whose value is a text as it is.
func text(name, value, usage string, field func(*Config) *string) Setting {
	return Setting{
		Name: name, Value: value, Usage: usage,
		set: func(c *Config, value string) error { *field(c) = value; return nil },
		get: func(c *Config) string { return *field(c) },
	}
}

// number returns a setting that is a whole number.
func number(name, value, usage string, field func(*Config) *int) Setting {
	return Setting{
		Name: name, Value: value, Usage: usage,
		set: func(c *Config, value string) (err error) {
			if *field(c), err = strconv.Atoi(value); err != nil {
				return fmt.Errorf("%q is not a whole number", value)
			}
			return nil
		},
		get: func(c *Config) string { return strconv.Itoa(*field(c)) },
	}
}

// duration returns a setting whose value is a time span.
func duration(name, usage string, field func(*Config) *time.Duration) Setting {
	return Setting{
		Name: name, Value: "DURATION", Usage: usage,
		set: func(c *Config, value string) (err error) {
			if *field(c), err = time.ParseDuration(value); err != nil {
				return fmt.Errorf("%q is not a duration, such as 30s", value)
			}
			return nil
		},
		get: func(c *Config) string { return field(c).String() },
	}
}

// boolean returns a setting that is true or false.
func boolean(name, usage string, field func(*Config) *bool) Setting {
	return Setting{
		Name: name, Value: "BOOL", Usage: usage, IsBool: true,
		set: func(c *Config, value string) (err error) {
			if *field(c), err = strconv.ParseBool(value); err != nil {
				return fmt.Errorf("%q is neither true nor false", value)
			}
			return nil
		},
		get: func(c *Config) string { return strconv.FormatBool(*field(c)) },
	}
}

// list returns a setting whose value is a list separated by commas.
func list(name, value, usage string, field func(*Config) *[]string) Setting {
	return Setting{
		Name: name, Value: value, Usage: usage + ", separated by commas",
		set: func(c *Config, value string) error {
			*field(c) = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
			return nil
		},
		get: func(c *Config) string { return strings.Join(*field(c), ",") },
	}
}

// addresses returns a setting whose value is a list of addresses and prefixes separated by commas.
func addresses(name, usage string, field func(*Config) *[]netip.Prefix) Setting {
	return Setting{
		Name: name, Value: "PREFIXES", Usage: usage + ", such as 10.0.0.0/8, separated by commas",
		set: func(c *Config, value string) error {
			var prefixes []netip.Prefix
			for _, text := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
				prefix, err := parsePrefix(text)
				if err != nil {
					return fmt.Errorf("%q is neither an address nor a prefix, such as 10.0.0.0/8", text)
				}
				prefixes = append(prefixes, prefix)
			}
			*field(c) = prefixes
			return nil
		},
		get: func(c *Config) string {
			var texts []string
			for _, prefix := range *field(c) {
				texts = append(texts, prefix.String())
			}
			return strings.Join(texts, ",")
		},
	}
}

// parsePrefix reads a prefix, or an address, which is one of its own.
func parsePrefix(text string) (netip.Prefix, error) {
	if strings.Contains(text, "/") {
		return netip.ParsePrefix(text)
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return addr.WithZone("").Prefix(addr.BitLen())
}

// Sources are the places where settings come from. Flags win over the environment, the
// environment wins over the file, and the file wins over the defaults.
type Sources struct {
	Flags     map[string]string // by Setting.Name; only those that were given
	LookupEnv func(name string) (string, bool)
	File      string // the configuration file; "" for that of ConfigVariable, or none
}

// LoadConfig returns the configuration that the sources make, and checks it. The error
// joins all problems, each with its source.
func LoadConfig(from Sources) (Config, error) {
	config := DefaultConfig()
	lookup := from.LookupEnv
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	path := from.File
	if path == "" {
		path, _ = lookup(ConfigVariable)
	}
	var problems []error
	file, err := readFile(path)
	if err != nil {
		problems = append(problems, err)
	}
	config.VPCLinks, config.UserPools, config.VPCEndpoints = file.links, file.pools, file.endpoints
	config.TLS = file.tls
	for _, setting := range Settings() {
		value, source, ok := from.find(setting, lookup, file.values)
		if !ok {
			continue
		}
		if err := setting.set(&config, value); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", source, err))
		}
	}
	return config, errors.Join(append(problems, config.Validate())...)
}

// find returns the value of a setting and where it comes from.
func (from Sources) find(setting Setting, lookup func(string) (string, bool), file map[string]fileValue) (value, source string, ok bool) {
	if value, ok := from.Flags[setting.Name]; ok {
		return value, "--" + setting.Name, true
	}
	if value, ok := lookup(setting.Variable()); ok {
		return value, setting.Variable(), true
	}
	if value, ok := file[setting.Name]; ok {
		return value.text, value.source, true
	}
	return "", "", false
}

// fileValue is the value of a setting in the configuration file.
type fileValue struct {
	text   string
	source string // file, line and name
}

// configFile is what a configuration file says.
type configFile struct {
	values map[string]fileValue
	links  map[string]vpclink.Targets
	tls    TLSConfig
	pools  map[string]cognito.Issuer

	endpoints map[authorize.Endpoint][]netip.Prefix
}

// maxFileBytes bounds the configuration file.
const maxFileBytes = 1 << 20

// readFile reads a configuration file: a YAML mapping of settings to single values or
// lists. It returns what it understood even with an error, which joins all problems.
func readFile(path string) (configFile, error) {
	if path == "" {
		return configFile{}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return configFile{}, fmt.Errorf("configuration file: %w", err)
	}
	defer func() { _ = file.Close() }() // read only: nothing is lost
	text, err := io.ReadAll(io.LimitReader(file, maxFileBytes+1))
	if err != nil {
		return configFile{}, fmt.Errorf("configuration file: %w", err)
	}
	if len(text) > maxFileBytes {
		return configFile{}, fmt.Errorf("configuration file %s: it has more than %d bytes", path, maxFileBytes)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return configFile{}, fmt.Errorf("configuration file %s: %w", path, err)
	}
	if len(document.Content) == 0 {
		return configFile{}, nil
	}
	secure, problem := takeTLS(path, document.Content[0])
	read, err := fileValues(path, document.Content[0])
	read.tls = secure
	return read, errors.Join(problem, err)
}

// fileValues reads the mapping of a configuration file.
func fileValues(path string, node *yaml.Node) (configFile, error) {
	if node.Kind != yaml.MappingNode {
		return configFile{}, fmt.Errorf("%s:%d: not a mapping of settings to values", path, node.Line)
	}
	known := map[string]bool{}
	for _, setting := range Settings() {
		known[setting.Name] = true
	}
	values := map[string]fileValue{}
	var links map[string]vpclink.Targets
	var pools map[string]cognito.Issuer
	var endpoints map[authorize.Endpoint][]netip.Prefix
	var problems []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i].Value, node.Content[i+1]
		source := fmt.Sprintf("%s:%d: %s", path, node.Content[i].Line, name)
		if name == vpcLinksName && links == nil {
			read, err := readVPCLinks(path, value)
			links, problems = read, append(problems, err)
			continue
		}
		if name == vpcEndpointsName && endpoints == nil {
			read, err := readVPCEndpoints(path, value)
			endpoints, problems = read, append(problems, err)
			continue
		}
		if name == userPoolsName && pools == nil {
			read, err := readUserPools(path, value)
			pools, problems = read, append(problems, err)
			continue
		}
		text, ok := scalarText(value)
		if name == limitsName {
			text, ok = limitsText(value)
		}
		_, twice := values[name]
		switch {
		case !known[name]:
			problems = append(problems, fmt.Errorf("%s: there is no such setting", source))
		case !ok:
			problems = append(problems, fmt.Errorf("%s: neither a single value nor a list of them", source))
		case twice:
			problems = append(problems, fmt.Errorf("%s: set twice", source))
		default:
			values[name] = fileValue{text, source}
		}
	}
	return configFile{values: values, links: links, pools: pools, endpoints: endpoints}, errors.Join(problems...)
}

// scalarText returns a scalar as it is written, and a list of scalars joined by commas.
func scalarText(node *yaml.Node) (string, bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, true
	case yaml.SequenceNode:
		var items []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", false
			}
			items = append(items, item.Value)
		}
		return strings.Join(items, ","), true
	}
	return "", false
}
