package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// target is a running server.
type target struct {
	name      string
	address   string
	processes []int           // that serve
	calls     map[string]call // by the name of the scenario
	sluice    *rig.Sluice     // nil for the others
}

// call is how a scenario is asked of a server.
type call struct {
	path    string
	host    string
	headers string // further lines, each with its end
}

// plainCalls are the calls of servers that know no API Gateway.
func plainCalls(address string) map[string]call {
	calls := make(map[string]call)
	for name, path := range map[string]string{proxy16: "/v1/p16", proxy1K: "/v1/p1k", proxy100K: "/v1/p100k", mock: "/v1/mock"} {
		calls[name] = call{path: path, host: address}
	}
	return calls
}

// startAll starts every server that is there. The first is Sluice.
func startAll(ctx context.Context, f *rig.Fleet, r *results) ([]*target, error) {
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	if err := os.Setenv(keysVariable, keySet(signer.N)); err != nil {
		return nil, err
	}
	backend, _, err := f.StartSelf("-role", "backend")
	if err != nil {
		return nil, err
	}
	sluice, err := startSluice(ctx, f, r, backend, signer)
	if err != nil {
		return nil, err
	}
	targets := []*target{sluice}
	for _, other := range []struct {
		name    string
		version []string
		start   func(ctx context.Context, f *rig.Fleet, path, backend string) (*target, error)
	}{
		{"nginx", []string{"-v"}, startNginx},
		{"haproxy", []string{"-v"}, startHAProxy},
		{"caddy", []string{"version"}, startCaddy},
	} {
		path, err := exec.LookPath(other.name)
		if err != nil {
			r.leaveOut(other.name, "it is not installed")
			continue
		}
		t, err := other.start(ctx, f, path, backend)
		if err != nil {
			return nil, fmt.Errorf("start %s: %w", other.name, err)
		}
		r.note(other.name, versionOf(path, other.version))
		targets = append(targets, t)
	}
	for _, role := range []struct{ role, name string }{{"fasthttp", "fasthttp"}, {"nethttp", "net/http"}, {"bare", "listener and client only"}} {
		address, process, err := f.StartSelf("-role", role.role, "-backend", backend)
		if err != nil {
			return nil, err
		}
		targets = append(targets, &target{name: role.name, address: address, processes: []int{process}, calls: plainCalls(address)})
	}
	bare := targets[len(targets)-1]
	delete(bare.calls, mock)
	delete(bare.calls, proxy100K) // it copies the body, which costs more than all the rest
	return targets, nil
}

var versionPattern = regexp.MustCompile(`[0-9]+\.[0-9]+(\.[0-9]+)*`)

// versionOf asks a program for its version.
func versionOf(path string, arguments []string) string {
	text, err := exec.Command(path, arguments...).CombinedOutput()
	if err != nil {
		return "of unknown version"
	}
	return versionPattern.FindString(string(text))
}

// listening is a target on an address, once it listens there. Without given processes it is the command's.
func listening(ctx context.Context, name, address string, command *exec.Cmd) (*target, error) {
	if err := rig.WaitFor(ctx, address); err != nil {
		return nil, err
	}
	return &target{name: name, address: address, processes: []int{command.Process.Pid}, calls: plainCalls(address)}, nil
}

// nginxConfig answers like the other servers: a worker for each core, connections to the back end kept, no log.
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
    location /v1/ { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffers 8 32k; }
    location = /v1/mock { default_type application/json; return 200 '%[4]s'; }
  }
}
`

// startNginx starts nginx with a configuration of its own.
func startNginx(ctx context.Context, f *rig.Fleet, path, backend string) (*target, error) {
	address, err := rig.FreeAddress()
	if err != nil {
		return nil, err
	}
	config, err := writeConfig(f, "nginx.conf", fmt.Sprintf(nginxConfig, f.Dir, backend, address, mockAnswer))
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, "-p", f.Dir, "-c", config, "-e", "stderr")
	if err := f.Start(command); err != nil {
		return nil, err
	}
	t, err := listening(ctx, "nginx", address, command)
	if err != nil {
		return nil, err
	}
	t.processes, err = rig.Children(ctx, command.Process.Pid, runtime.NumCPU())
	return t, err
}

// haproxyConfig uses a thread for each core and keeps connections.
const haproxyConfig = `global
  nbthread %[1]d
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend front
  bind %[2]s
  http-request return status 200 content-type application/json string '%[4]s' if { path /v1/mock }
  default_backend back
backend back
  server one %[3]s
`

// startHAProxy starts HAProxy with a configuration of its own.
func startHAProxy(ctx context.Context, f *rig.Fleet, path, backend string) (*target, error) {
	address, err := rig.FreeAddress()
	if err != nil {
		return nil, err
	}
	config, err := writeConfig(f, "haproxy.cfg", fmt.Sprintf(haproxyConfig, runtime.NumCPU(), address, backend, mockAnswer))
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, "-q", "-db", "-f", config)
	if err := f.Start(command); err != nil {
		return nil, err
	}
	return listening(ctx, "haproxy", address, command)
}

// caddyConfig leaves everything else as it comes.
const caddyConfig = `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://%[1]s {
	handle /v1/mock {
		header Content-Type application/json
		respond ` + "`%[3]s`" + ` 200
	}
	handle {
		reverse_proxy %[2]s {
			transport http {
				keepalive_idle_conns_per_host 256
				compression off
			}
		}
	}
}
`

// startCaddy starts Caddy with a configuration of its own.
func startCaddy(ctx context.Context, f *rig.Fleet, path, backend string) (*target, error) {
	address, err := rig.FreeAddress()
	if err != nil {
		return nil, err
	}
	config, err := writeConfig(f, "Caddyfile", fmt.Sprintf(caddyConfig, address, backend, mockAnswer))
	if err != nil {
		return nil, err
	}
	command := exec.Command(path, "run", "--adapter", "caddyfile", "--config", config)
	command.Env = append(os.Environ(), "HOME="+f.Dir, "XDG_DATA_HOME="+f.Dir, "XDG_CONFIG_HOME="+f.Dir)
	if err := f.Start(command); err != nil {
		return nil, err
	}
	return listening(ctx, "caddy", address, command)
}

// writeConfig writes a file of the run.
func writeConfig(f *rig.Fleet, name, text string) (string, error) {
	path := filepath.Join(f.Dir, name)
	return path, os.WriteFile(path, []byte(strings.TrimLeft(text, "\n")), 0o600)
}
