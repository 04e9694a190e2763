package vpclink

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Balance says how calls are spread over the targets of a link.
type Balance string

// The ways to spread calls. The zero Balance is LeastPending.
const (
	LeastPending Balance = "least-pending" // to the target with the fewest calls in flight
	RoundRobin   Balance = "round-robin"   // to each in turn
)

// Targets are the addresses behind a link.
type Targets struct {
	Addresses []string // host:port; at least one
	Balance   Balance
	Health    HealthCheck
}

// HealthCheck says how it is found out whether a target works. The zero values stand for the defaults
// named.
type HealthCheck struct {
	Protocol Protocol      // TCP
	Path     string        // asked for with HTTP; "/"
	Interval time.Duration // between two checks of a target; 10 s
	Timeout  time.Duration // of a check; 3 s
	Rise     int           // checks in a row that must pass before an unhealthy target is used again; 2
	Fall     int           // checks in a row that must fail before a healthy target is not used any more; 2
}

// Protocol is the kind of a health check.
type Protocol string

// The kinds of health checks.
const (
	TCP       Protocol = "tcp"  // a connection can be made
	HTTP      Protocol = "http" // a GET is answered with a status from 200 to 399
	Unchecked Protocol = "off"  // every target counts as healthy
)

// withDefaults returns t with its zero values replaced.
func (t Targets) withDefaults() Targets {
	setDefault(&t.Balance, LeastPending)
	setDefault(&t.Health.Protocol, TCP)
	setDefault(&t.Health.Path, "/")
	setDefault(&t.Health.Interval, 10*time.Second)
	setDefault(&t.Health.Timeout, 3*time.Second)
	setDefault(&t.Health.Rise, 2)
	setDefault(&t.Health.Fall, 2)
	return t
}

// setDefault gives *v the value def if it has none.
func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// Validate returns everything that is wrong with the targets.
func (t Targets) Validate() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	t = t.withDefaults()
	if len(t.Addresses) == 0 {
		add("there is no target")
	}
	for _, address := range t.Addresses {
		if !isAddress(address) {
			add("target %q is not of the form host:port", address)
		}
	}
	if t.Balance != LeastPending && t.Balance != RoundRobin {
		add("balance %q is neither %s nor %s", t.Balance, LeastPending, RoundRobin)
	}
	h := t.Health
	if h.Protocol != TCP && h.Protocol != HTTP && h.Protocol != Unchecked {
		add("health check %q is none of %s, %s and %s", h.Protocol, TCP, HTTP, Unchecked)
	}
	if !strings.HasPrefix(h.Path, "/") {
		add("path %q of the health check does not begin with a slash", h.Path)
	}
	if h.Interval < 0 || h.Timeout < 0 || h.Rise < 0 || h.Fall < 0 {
		add("a number of the health check is negative")
	}
	return errors.Join(problems...)
}

// isAddress reports whether a text is host:port with both.
func isAddress(text string) bool {
	host, port, err := net.SplitHostPort(text)
	n, portErr := strconv.Atoi(port)
	return err == nil && portErr == nil && host != "" && n > 0 && n <= 65535
}
