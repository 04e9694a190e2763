package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/gateway/listen"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/observe"
	"github.com/sluice-gateway/sluice/internal/plan"
)

// maxCacheMemory is the most that Config.CacheMemory may be: one TiB, in MiB.
const maxCacheMemory = 1 << 20

// The most that Config.LogRotateSize may be, one TiB, in MiB, and Config.LogRotateKeep: each rotation renames them all.
const (
	maxLogRotateSize = 1 << 20
	maxLogRotateKeep = 1000
)

// Memory as Config.Data keeps nothing on the disk.
const Memory = ":memory:"

// LogStandard as Config.Logs adds the lines of stages' logs to this program's own log.
const LogStandard = "standard"

// Off as Config.Admin or Config.GatewayTLS opens no such listener, and as Config.Auth trusts everyone.
const Off = "off"

// Verify as Config.Auth believes only requests that are signed with a key of the store.
const Verify = "verify"

// Config says what a Server is to be. DefaultConfig has a value for everything.
type Config struct {
	Control string // address of the control plane: host:port
	Gateway string // address of the data plane
	Admin   string // address of health, metrics and profiles, or Off
	Data    string // directory of the store, or Memory

	AccountID string // of the access key that a first start creates, and of callers with Auth off
	Region    string // of callers with Auth off who name none
	Auth      string // Verify or Off

	GatewayTLS string // address of the data plane with TLS, or Off
	TLS        TLSConfig

	// MultiLevelBasePaths takes base path mappings of several levels.
	MultiLevelBasePaths bool

	// Suffixes are further domains below which APIs are reached, as {api-id}.execute-api.{suffix}.
	Suffixes []string

	// RootAPI and RootStage name a stage that is also served at the root path of the gateway's
	// address, without its name. There is none where RootAPI is empty.
	RootAPI, RootStage string

	// AllowLinkLocal lets integrations call link-local addresses and the instance metadata
	// service, whose answers hold credentials. DenyAddresses are further addresses that they may
	// not call, AllowAddresses those that they may; the longest prefix decides. Endpoints of AWS
	// services that the environment names are not asked about.
	AllowLinkLocal                bool
	AllowAddresses, DenyAddresses []netip.Prefix

	// KeepRoles signs calls of AWS services with the gateway's own credentials instead of those
	// of the roles that integrations name.
	KeepRoles bool

	// MaxIntegrationTimeout is the longest timeout that an integration may have, unless its response is
	// streamed.
	//
	// AWS: Quotas for configuring and running a REST API: 29 seconds, which may be raised.
	MaxIntegrationTimeout time.Duration

	// ConnectTimeout and FirstByteTimeout bound parts of a call to a back end: making a connection,
	// and waiting for the answer to begin. The integration's timeout bounds the whole; a
	// FirstByteTimeout of 0 leaves it at that.
	ConnectTimeout, FirstByteTimeout time.Duration

	// FoldHeaderNames finds clients' headers whatever the case of the names that mappings and validation use.
	FoldHeaderNames bool

	// StreamRate is how many MiB of a streamed response go on in a second, behind its first 10 MB; 0 is as fast as its client reads.
	StreamRate int

	// MaxBackendConnections is the most connections to one back end. Further calls wait.
	MaxBackendConnections int

	// VPCLinks are the addresses behind VPC links, by a link's id, its name, or the ARN of its target.
	VPCLinks map[string]vpclink.Targets

	// UserPools are the issuers that stand in for Cognito user pools, by a pool's id or ARN.
	UserPools map[string]cognito.Issuer

	// Limits are the quotas of accounts and APIs.
	Limits control.Limits

	// ControlRates are the rates at which an account may call operations of the control plane, as
	// restjson.ParseRates reads them, separated by commas; Off limits none.
	ControlRates string

	// PrincipalsFile is a YAML list of principals who may sign requests, to APIs and to the control plane,
	// besides those in the store; Principals are further ones. Nobody but its owner may read the file.
	PrincipalsFile string
	Principals     []iam.Principal

	// VPCEndpoints are the networks from which clients come through an interface VPC endpoint to private APIs.
	VPCEndpoints map[authorize.Endpoint][]netip.Prefix

	// RequireRoles refuses integrations with AWS services other than Lambda that name no role.
	RequireRoles bool

	// Getenv returns the variables of the environment that say where AWS services are and with which
	// credentials they are called; nil is os.Getenv.
	Getenv func(name string) string

	// TrustFiles are PEM files of authorities to trust in calls of integrations, besides the
	// system's.
	TrustFiles []string

	// Logs is where the access and execution logs of stages go: a directory, or LogStandard for this
	// program's own log. Where it is empty they go below Data, or to the own log where Data keeps nothing.
	Logs string

	// LogRotateSize is the size in MiB at which a file of Logs is moved aside, 0 for never; LogRotateKeep is how
	// many such files of a log are kept.
	LogRotateSize, LogRotateKeep int

	// XRayDaemon is the UDP address of an X-Ray daemon, or of a collector that takes what one is sent, for the segments
	// of stages that trace requests. Where it is empty AWS_XRAY_DAEMON_ADDRESS has it, or they are sent nowhere.
	XRayDaemon string

	// AccountRate and AccountBurst throttle the requests to all APIs that an account has in a region: so many a second on
	// average, and so many at once. A rate of 0 is no throttle.
	//
	// AWS: Quotas for configuring and running a REST API: 10,000 and 5,000.
	AccountRate, AccountBurst int

	// CacheMemory bounds the memory of the response caches of all stages together, in MiB.
	CacheMemory int

	// OpenLog, if not nil, opens the destinations of logs instead.
	OpenLog func(observe.Destination) (io.WriteCloser, error)

	// Wrap, if not nil, stands between the gateway's listener and the gateway.
	Wrap func(listen.Handler) listen.Handler

	// Findings, if not nil, is told what is found when a stage is compiled and bound, which
	// then does not go to the log. It is called before the operation that caused it returns.
	Findings func(plan.Diagnostics)

	// ShutdownTimeout is how long requests in flight may take after a shutdown began.
	ShutdownTimeout time.Duration

	// Logger receives what happens; nil makes one from the fields below.
	Logger    *slog.Logger
	LogOutput io.Writer  // nil is the standard error output
	LogFormat string     // "text" or "json"
	LogLevel  slog.Level // the least that is logged
}

// DefaultConfig returns the configuration of `sluice serve` without any flag. Data is empty
// where the user has no home.
func DefaultConfig() Config {
	return Config{
		Control:         "127.0.0.1:4567",
		Gateway:         "127.0.0.1:8080",
		Admin:           "127.0.0.1:9464",
		GatewayTLS:      Off,
		Data:            defaultDataDir(os.Getenv),
		AccountID:       "000000000000",
		Region:          "us-east-1",
		Auth:            Verify,
		ShutdownTimeout: 30 * time.Second,
		CacheMemory:     64,
		AccountRate:     int(limit.Account().RatePerSecond),
		AccountBurst:    limit.Account().Burst,
		LogRotateSize:   100,
		LogRotateKeep:   10,

		Limits:       control.DefaultLimits(),
		ControlRates: Off,

		MaxIntegrationTimeout: 29 * time.Second,
		ConnectTimeout:        10 * time.Second,
		MaxBackendConnections: 1024,

		LogFormat: "text",
		LogLevel:  slog.LevelInfo,
	}
}

// defaultDataDir returns where programs of this system keep the data of a user.
func defaultDataDir(getenv func(string) string) string {
	var base string
	switch runtime.GOOS {
	case "windows":
		base = getenv("LocalAppData")
	case "darwin":
		if home := getenv("HOME"); home != "" {
			base = filepath.Join(home, "Library", "Application Support")
		}
	default:
		if base = getenv("XDG_DATA_HOME"); base == "" && getenv("HOME") != "" {
			base = filepath.Join(getenv("HOME"), ".local", "share")
		}
	}
	if base == "" {
		return ""
	}
	return filepath.Join(base, "sluice")
}

var (
	accountPattern = regexp.MustCompile(`^[0-9]{12}$`)
	regionPattern  = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
	suffixPattern  = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$`)
)

// What MaxIntegrationTimeout may be: from the shortest timeout to the longest of streamed responses.
const (
	minTimeout = 50 * time.Millisecond
	maxTimeout = 15 * time.Minute
)

// Validate returns everything that is wrong with the configuration.
func (c *Config) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	for _, listener := range []struct{ name, address string }{
		{"control", c.Control}, {"gateway", c.Gateway}, {"gateway-tls", c.GatewayTLS}, {"admin", c.Admin},
	} {
		if (listener.name == "admin" || listener.name == "gateway-tls") && listener.address == Off {
			continue
		}
		if err := checkAddress(listener.address); err != nil {
			add("%s: %w", listener.name, err)
		}
	}
	if c.Data == "" {
		add("data: name a directory, or %s to keep nothing", Memory)
	}
	if !accountPattern.MatchString(c.AccountID) {
		add("account-id: %q is not twelve digits", c.AccountID)
	}
	if !regionPattern.MatchString(c.Region) {
		add("region: %q is not the name of a region, such as us-east-1", c.Region)
	}
	switch {
	case c.Auth != Verify && c.Auth != Off:
		add("auth: %q is neither %s nor %s", c.Auth, Verify, Off)
	case c.Auth == Off && !isLoopback(c.Control):
		add("auth: %s is for loopback addresses only, and the control plane listens on %q", Off, c.Control)
	}
	for _, suffix := range c.Suffixes {
		if !suffixPattern.MatchString(suffix) {
			add("suffix: %q is not a domain name", suffix)
		}
	}
	if c.MaxIntegrationTimeout < minTimeout || c.MaxIntegrationTimeout > maxTimeout {
		add("max-integration-timeout: %v is not from %v to %v", c.MaxIntegrationTimeout, minTimeout, maxTimeout)
	}
	if _, err := c.controlThrottle(); err != nil {
		add("control-rates: %w", err)
	}
	if c.ConnectTimeout <= 0 {
		add("connect-timeout: %v is not above zero", c.ConnectTimeout)
	}
	if c.FirstByteTimeout < 0 {
		add("first-byte-timeout: %v is negative", c.FirstByteTimeout)
	}
	if c.StreamRate < 0 {
		add("stream-rate: %d is negative", c.StreamRate)
	}
	if c.MaxBackendConnections < 1 {
		add("max-backend-connections: %d is below 1", c.MaxBackendConnections)
	}
	for _, name := range slices.Sorted(maps.Keys(c.VPCLinks)) {
		if err := c.VPCLinks[name].Validate(); err != nil {
			add("%s: %s: %w", vpcLinksName, name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.UserPools)) {
		if err := c.UserPools[name].Validate(); err != nil {
			add("%s: %s: %w", userPoolsName, name, err)
		}
	}
	if c.AccountRate < 0 || c.AccountRate > math.MaxInt32 {
		add("account-rate: %d is not between 0 and %d", c.AccountRate, math.MaxInt32)
	}
	if c.AccountBurst < 0 || c.AccountBurst > math.MaxInt32 {
		add("account-burst: %d is not between 0 and %d", c.AccountBurst, math.MaxInt32)
	}
	if c.CacheMemory < 1 || c.CacheMemory > maxCacheMemory {
		add("cache-memory: %d is not between 1 and %d", c.CacheMemory, maxCacheMemory)
	}
	if c.LogRotateSize < 0 || c.LogRotateSize > maxLogRotateSize {
		add("log-rotate-size: %d is not between 0 and %d", c.LogRotateSize, maxLogRotateSize)
	}
	if c.LogRotateKeep < 1 || c.LogRotateKeep > maxLogRotateKeep {
		add("log-rotate-keep: %d is not between 1 and %d", c.LogRotateKeep, maxLogRotateKeep)
	}
	problems = append(problems, c.TLS.validate(c.GatewayTLS != Off, c.Data)...)
	if c.ShutdownTimeout < 0 {
		add("shutdown-timeout: %v is negative", c.ShutdownTimeout)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		add("log-format: %q is neither text nor json", c.LogFormat)
	}
	return errors.Join(problems...)
}

// checkAddress says what is wrong with an address to listen on.
func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is not an address of the form host:port", address)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return fmt.Errorf("%q has no usable port", address)
	}
	return nil
}

// isLoopback reports whether only this machine can reach an address. A name counts only
// if it is localhost: any other may come to mean another address.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// openLog returns what opens the destinations of stages' logs.
func (c *Config) openLog(logger *slog.Logger) func(observe.Destination) (io.WriteCloser, error) {
	switch {
	case c.OpenLog != nil:
		return c.OpenLog
	case c.Logs == LogStandard, c.Logs == "" && c.Data == Memory:
		return observe.ToLogger(logger)
	case c.Logs == "":
		return c.logFiles(filepath.Join(c.Data, "logs"), logger).Open
	}
	return c.logFiles(c.Logs, logger).Open
}

// logFiles returns the files of stages' logs below a directory.
func (c *Config) logFiles(dir string, logger *slog.Logger) *observe.Files {
	return &observe.Files{Dir: dir, MaxBytes: int64(c.LogRotateSize) << 20, Keep: c.LogRotateKeep, Logger: logger}
}

// logger returns the logger of the configuration.
func (c *Config) logger() *slog.Logger {
	if c.Logger != nil {
		return c.Logger
	}
	output := c.LogOutput
	if output == nil {
		output = os.Stderr
	}
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(output, options))
	}
	return slog.New(slog.NewTextHandler(output, options))
}
