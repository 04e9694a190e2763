package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// target is a running server.
type target struct {
	name      string
	address   string
	host      string // Host header of requests
	processes []int  // process ids
	only      string // the one scenario's path that it serves, or "" for all
}

// serves reports whether the server can be asked this.
func (t *target) serves(s scenario) bool { return t.only == "" || t.only == s.path }

// fleet is the processes that were started.
type fleet struct {
	dir      string // for files of a run
	commands []*exec.Cmd
	errors   *os.File // what the processes say, for when one fails
}

// newFleet returns a fleet of no process.
func newFleet() (*fleet, error) {
	dir, err := os.MkdirTemp("", "sluice-bench-")
	if err != nil {
		return nil, err
	}
	errors, err := os.Create(filepath.Join(dir, "stderr"))
	return &fleet{dir: dir, errors: errors}, err
}

// stop ends all processes and removes their files.
func (f *fleet) stop() {
	for _, command := range f.commands {
		_ = command.Process.Signal(os.Interrupt)
	}
	for _, command := range f.commands {
		timer := time.AfterFunc(3*time.Second, func() { _ = command.Process.Kill() })
		_ = command.Wait() // fails for what has ended before
		timer.Stop()
	}
	f.errors.Close()
	_ = os.RemoveAll(f.dir)
}

// said returns what the processes wrote to their standard error.
func (f *fleet) said() string {
	text, _ := os.ReadFile(f.errors.Name())
	return string(text)
}

// startTargets builds and starts everything.
func (f *fleet) startTargets(ctx context.Context) (targets []*target, err error) {
	backend, err := f.startRole("backend", "")
	if err != nil {
		return nil, err
	}
	if nginx, err := exec.LookPath("nginx"); err != nil {
		fmt.Fprintln(os.Stderr, "bench: nginx is not installed; there is nothing to compare with but net/http")
	} else {
		t, err := f.startNginx(ctx, nginx, backend.address)
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	sluice, err := f.startSluice(ctx, backend.address)
	if err != nil {
		return nil, err
	}
	bare, err := f.startRole("bare", backend.address)
	if err != nil {
		return nil, err
	}
	bare.name, bare.only = "listener and client only", "/v1/proxy"
	plain, err := f.startRole("nethttp", backend.address)
	if err != nil {
		return nil, err
	}
	plain.name = "net/http"
	return append(targets, sluice, bare, plain), nil
}

// start starts a command that ends with the fleet.
func (f *fleet) start(command *exec.Cmd) error {
	command.Stderr = f.errors
	if err := command.Start(); err != nil {
		return err
	}
	f.commands = append(f.commands, command)
	return nil
}

// startRole starts this program as a server and reads the address that it prints.
func (f *fleet) startRole(role, backend string) (*target, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, "-role", role, "-backend", backend)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := f.start(command); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	address := strings.TrimSpace(line)
	return &target{name: role, address: address, host: address, processes: []int{command.Process.Pid}}, nil
}

// nginxConfig answers like the other servers: a worker for each core, connections to the back end kept, no
// log.
const nginxConfig = `daemon off;
worker_processes auto;
pid %[1]s/nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path %[1]s/body;
  proxy_temp_path %[1]s/proxy;
  fastcgi_temp_path %[1]s/fastcgi;
  uwsgi_temp_path %[1]s/uwsgi;
  scgi_temp_path %[1]s/scgi;
  upstream backend { server %[2]s; keepalive 256; keepalive_requests 100000000; }
  server {
    listen %[3]s;
    location /v1/proxy { proxy_pass http://backend/; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /v1/mock { default_type application/json; return 200 '%[4]s'; }
  }
}
`

// startNginx starts nginx with a configuration of its own.
func (f *fleet) startNginx(ctx context.Context, path, backend string) (*target, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := filepath.Join(f.dir, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, f.dir, backend, address, mockAnswer), 0o600); err != nil {
		return nil, err
	}
	command := exec.Command(path, "-p", f.dir, "-c", config, "-e", "stderr")
	if err := f.start(command); err != nil {
		return nil, err
	}
	if err := waitFor(ctx, address); err != nil {
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	workers, err := waitForChildren(ctx, command.Process.Pid, runtime.NumCPU())
	if err != nil {
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	return &target{name: "nginx", address: address, host: address, processes: workers}, nil
}

// document is the API that is measured.
const document = `{
  "openapi": "3.0.1",
  "info": {"title": "bench", "version": "1"},
  "paths": {
    "/proxy": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "http://%s/"}}},
    "/mock": {"get": {
      "responses": {"200": {"description": "ok"}},
      "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {
          "application/json": "{\"id\": 7, \"name\": \"Rex\", \"tags\": [#foreach($t in [\"a\", \"b\"])\"$t\"#if($foreach.hasNext), #end#end]}"}}}}}}
  }
}`

// startSluice builds the program, starts it and deploys the API.
func (f *fleet) startSluice(ctx context.Context, backend string) (*target, error) {
	binary := filepath.Join(f.dir, "sluice")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/sluice-gateway/sluice/cmd/sluice")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build sluice: %w", err)
	}
	s, err := f.startWithData(ctx, ":memory:")
	if err != nil {
		return nil, err
	}
	api, err := s.deploy(ctx, fmt.Sprintf(document, backend))
	if err != nil {
		return nil, err
	}
	return &target{name: "Sluice", address: strings.TrimPrefix(s.gateway, "http://"), host: api + ".execute-api.localhost", processes: []int{s.command.Process.Pid}}, nil
}

// post calls the control plane.
func post(ctx context.Context, url, body string, result any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("POST %s: %s %s", url, resp.Status, bytes.TrimSpace(text))
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(text, result)
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

// waitFor waits until something listens on the address.
func waitFor(ctx context.Context, address string) error {
	var last error
	for range 100 {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return c.Close()
		}
		last = err
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return last
}

// waitForChildren waits until a process has as many children and returns them.
func waitForChildren(ctx context.Context, process, n int) ([]int, error) {
	for range 100 {
		children, err := childrenOf(process)
		if err != nil || len(children) == n {
			return children, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil, fmt.Errorf("process %d does not have %d children", process, n)
}
