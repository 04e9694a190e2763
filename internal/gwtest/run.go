package gwtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/http1"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/server"
)

// exchangeTimeout bounds one exchange of a fixture.
const exchangeTimeout = 10 * time.Second

// logTimeout bounds the wait for a line of a log.
const logTimeout = time.Second

// RunFixtures runs each fixture file that the pattern matches as a subtest, all against one server.
// With UPDATE=1 in the environment it rewrites the sections that do not hold instead.
func RunFixtures(t *testing.T, pattern string) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("fixtures %s: %d files, error %v", pattern, len(paths), err)
	}
	log := new(logBuffer)
	backend, functions, pool := NewBackend(t), newFixtureFunctions(t), NewPool(t)
	server := Start(t, Config{Log: log, Change: func(c *server.Config) {
		functions.configure(c)
		c.Getenv = callServices(backend.Addr, c.Getenv)
		c.VPCLinks = privateLinks(backend.Addr)
		c.Principals, c.VPCEndpoints = principalList(c.AccountID), loopbackEndpoint()
		c.UserPools = userPools(pool.URL)
		c.Limits.EdgeAPIs = 0 // each fixture has one
	}})
	update := os.Getenv("UPDATE") == "1"
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			f, err := readFixture(path)
			if err != nil {
				t.Fatal(err)
			}
			r := &fixtureRun{server: server, backend: backend, functions: functions, log: log, update: update, values: map[string]string{
				"account": server.AccountID, "region": server.Region,
			}}
			r.values["backend"] = r.backend.Addr
			r.pool = pool
			r.run(t, f)
		})
	}
}

// privateLinks returns the VPC links that fixtures may use: "private" leads to the back end, "shut" to an
// address where nobody listens, and the id "vpclv2" is that of a link of the second version.
func privateLinks(addr string) map[string]vpclink.Targets {
	unchecked := vpclink.HealthCheck{Protocol: vpclink.Unchecked}
	return map[string]vpclink.Targets{
		"private": {Addresses: []string{addr}, Health: unchecked},
		"shut":    {Addresses: []string{"127.0.0.1:1"}, Health: unchecked},
		"vpclv2":  {Addresses: []string{addr}, Health: unchecked},
	}
}

// userPools returns the user pools that fixtures may use: "us-east-1_fixture" is the fake, and the keys of
// "us-east-1_broken" can't be fetched.
func userPools(url string) map[string]cognito.Issuer {
	return map[string]cognito.Issuer{
		"us-east-1_fixture": {URL: url},
		"us-east-1_broken":  {URL: url + "/broken"},
	}
}

// callServices returns an environment in which all AWS services are the back end at an address, except
// those that another environment has.
func callServices(addr string, others func(string) string) func(string) string {
	return func(name string) string {
		if name == "AWS_ENDPOINT_URL" {
			return "http://" + addr
		}
		return others(name)
	}
}

// logBuffer keeps what the server logs, for the failures of fixtures. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text []byte
}

// Write keeps p.
func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

// take returns what was kept and forgets it.
func (b *logBuffer) take() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := string(b.text)
	b.text = b.text[:0]
	return text
}

// fixtureRun is the state of one run of a fixture.
type fixtureRun struct {
	server    *Server
	backend   *Backend
	functions *fixtureFunctions
	pool      *Pool
	log       *logBuffer
	values    map[string]string
	update    bool
	changed   bool
}

// run sets the API up and takes the steps.
func (r *fixtureRun) run(t *testing.T, f *fixture) {
	if err := r.setUp(f); err != nil {
		t.Fatal(err)
	}
	for _, s := range f.steps {
		if s.control != "" {
			if err := r.control(s.control); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Run(s.title, func(t *testing.T) {
			if err := r.exchange(t, s); err != nil {
				t.Fatal(err)
			}
		})
	}
	if r.changed {
		if err := os.WriteFile(f.path, txtar.Format(f.archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// setUp imports, changes and deploys the fixture's API.
func (r *fixtureRun) setUp(f *fixture) error {
	if f.document != "" {
		document, err := expand(f.document, r.values)
		if err != nil {
			return err
		}
		if r.values["api"], err = r.server.Import(document); err != nil {
			return err
		}
	}
	if err := r.control(f.setup); err != nil {
		return err
	}
	if f.stage == "none" || r.values["api"] == "" {
		return nil
	}
	extra, err := expand(f.stage, r.values)
	if err != nil {
		return err
	}
	return r.server.deploy(r.values["api"], "v1", extra)
}

// exchange sends one request and compares what back end and client get.
func (r *fixtureRun) exchange(t *testing.T, s step) error {
	answer, err := parseAnswer(s.endpointResponse, r.values)
	if err != nil {
		return err
	}
	r.backend.Answer(answer)
	r.backend.TakeRequests()
	if err := r.functions.prepare(s, r.values); err != nil {
		return err
	}
	r.log.take()
	if s.invoke != "" {
		return r.testInvoke(t, s)
	}
	if s.authorize != "" {
		return r.testAuthorizer(t, s)
	}
	request, err := r.pool.expandTokens(s.request)
	if err != nil {
		return err
	}
	wire, method, err := clientRequest(request, r.values)
	if err != nil {
		return err
	}
	got, err := send(r.server.GatewayAddr, wire, method)
	if err != nil {
		return err
	}
	fault, err := compareResponse(s.response.text, got, method, r.values)
	if err != nil {
		return err
	}
	r.report(t, "response", fault, s.response, renderResponse(got, r.values))
	if err := r.compareEndpoint(t, s); err != nil {
		return err
	}
	if err := r.compareFunction(t, s); err != nil {
		return err
	}
	return r.compareLogs(t, s.logs)
}

// awaitLog returns what was written to a group. The line of a streamed response comes after the response, so that what is
// expected is waited for a little.
func (r *fixtureRun) awaitLog(group, want string) (string, error) {
	got := ""
	for end := time.Now().Add(logTimeout); ; runtime.Gosched() {
		got += r.server.TakeLog(group)
		ok, err := matches(want, got, r.values)
		if ok || err != nil || got != "" || want == "" || time.Now().After(end) {
			return got, err
		}
	}
}

// compareEndpoint compares what the back end received, if the step says something of it.
func (r *fixtureRun) compareEndpoint(t *testing.T, s step) error {
	if s.endpointRequest == nil {
		return nil
	}
	requests := r.backend.TakeRequests()
	fault, err := compareEndpointRequest(s.endpointRequest.text, requests, r.values)
	if err != nil {
		return err
	}
	r.report(t, "endpoint-request", fault, s.endpointRequest, renderEndpointRequest(requests, r.values))
	return nil
}

// compareFunction compares the event that a function was called with, if the step says something of it.
func (r *fixtureRun) compareFunction(t *testing.T, s step) error {
	var functions, authorizers []Invocation
	for _, inv := range r.functions.lambda.TakeInvocations() {
		if strings.HasPrefix(inv.Function, authorizerPrefix) {
			authorizers = append(authorizers, inv)
		} else {
			functions = append(functions, inv)
		}
	}
	if err := r.compareEvents(t, "function-event", s.functionEvent, functions); err != nil {
		return err
	}
	return r.compareEvents(t, "authorizer-event", s.authorizerEvent, authorizers)
}

// compareEvents compares the events of invocations with a section, if there is one.
func (r *fixtureRun) compareEvents(t *testing.T, name string, s *section, invocations []Invocation) error {
	if s == nil {
		return nil
	}
	fault, err := compareEvent(s.text, invocations, r.values)
	if err != nil {
		return err
	}
	r.report(t, name, fault, s, renderEvent(invocations))
	return nil
}

// compareLogs compares what an exchange wrote to the logs of its stage.
func (r *fixtureRun) compareLogs(t *testing.T, logs []groupLog) error {
	for _, log := range logs {
		group, err := expand(log.group, r.values)
		if err != nil {
			return err
		}
		if strings.TrimSpace(log.lines.text) == "none" {
			log.lines = &section{"", log.lines.file}
		}
		got, err := r.awaitLog(group, log.lines.text)
		if err != nil {
			return err
		}
		if err := r.compareText(t, "log "+group, log.lines, got); err != nil {
			return err
		}
	}
	return nil
}

// report fails the test for a section that does not hold, or rewrites it.
func (r *fixtureRun) report(t *testing.T, name, fault string, s *section, actual string) {
	switch {
	case fault == "":
	case r.update:
		s.file.Data = []byte(actual)
		r.changed = true
		t.Logf("%s rewritten: %s", name, fault)
	default:
		t.Errorf("%s:\n%s\n--- got %s\n%.3000s--- log\n%s", name, fault, name, actual, r.log.take())
	}
}

// send sends raw bytes on a connection of their own and reads the response.
func send(addr string, wire []byte, method string) (*received, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return nil, err
	}
	// The gateway may refuse before it has read everything; then the response counts.
	_, sendErr := c.Write(wire)
	var reader http1.Reader
	reader.Reset(c)
	got, err := readResponse(&reader, method)
	if err != nil {
		return nil, errors.Join(sendErr, err)
	}
	return got, nil
}

// control makes the calls of a section: "METHOD /path", the JSON body behind it or on the next lines up
// to an empty line, and "=> name:path.to.value" at the end to keep a value of the result.
func (r *fixtureRun) control(text string) error {
	for call := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		call = strings.TrimSpace(call)
		if call == "" {
			continue
		}
		call, err := expand(call, r.values)
		if err != nil {
			return err
		}
		call, save, _ := strings.Cut(call, "=>")
		method, rest, _ := strings.Cut(call, " ")
		path, body := rest, ""
		if i := strings.IndexAny(rest, " \n"); i >= 0 {
			path, body = rest[:i], rest[i+1:]
		}
		result, err := r.server.Control(method, path, []byte(strings.TrimSpace(body)))
		if err != nil {
			return err
		}
		if err := r.save(strings.TrimSpace(save), result); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
	}
	return nil
}

// save keeps a value of a result under a name.
func (r *fixtureRun) save(what string, result any) error {
	if what == "" {
		return nil
	}
	name, path, _ := strings.Cut(what, ":")
	for key := range strings.SplitSeq(path, ".") {
		switch v := result.(type) {
		case map[string]any:
			result = v[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return fmt.Errorf("save %s: no element %s", what, key)
			}
			result = v[i]
		}
	}
	value, ok := result.(string)
	if !ok {
		return fmt.Errorf("save %s: %v is not a text", what, result)
	}
	r.values[name] = value
	return nil
}
