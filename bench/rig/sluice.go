package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Sluice is a running `sluice serve`.
type Sluice struct {
	Control string // base URLs
	Admin   string
	Gateway string // host:port
	Process int

	command *exec.Cmd
}

// Options say how Sluice is started.
type Options struct {
	Data      string   // directory; "" keeps nothing
	Env       []string // further variables: "NAME=value"
	Arguments []string // further arguments
}

// unthrottled is a rate that no load reaches, so that throttles do their work and refuse nobody.
const unthrottled = "100000000"

// Build builds the program into the fleet's directory, as a release is built. It must be called before StartSluice, within the repository.
func (f *Fleet) Build(ctx context.Context) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", f.Binary(), "github.com/sluice-gateway/sluice/cmd/sluice")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build sluice: %w", err)
	}
	return nil
}

// Binary is where Build puts the program.
func (f *Fleet) Binary() string { return filepath.Join(f.Dir, "sluice.exe") }

// StartSluice starts the program on free ports, without signatures, and waits until it serves.
func (f *Fleet) StartSluice(ctx context.Context, o Options) (*Sluice, error) {
	var addresses [3]string
	for i := range addresses {
		address, err := FreeAddress()
		if err != nil {
			return nil, err
		}
		addresses[i] = address
	}
	if o.Data == "" {
		o.Data = ":memory:"
	}
	arguments := append([]string{
		"serve", "--auth", "off", "--data", o.Data, "--log-level", "error",
		"--control", addresses[0], "--gateway", addresses[1], "--admin", addresses[2],
	}, o.Arguments...)
	command := exec.Command(f.Binary(), arguments...)
	command.Env = append(os.Environ(), "SLUICE_ACCOUNT_RATE="+unthrottled, "SLUICE_ACCOUNT_BURST="+unthrottled)
	command.Env = append(command.Env, o.Env...)
	if err := f.Start(command); err != nil {
		return nil, err
	}
	s := &Sluice{Control: "http://" + addresses[0], Gateway: addresses[1], Admin: "http://" + addresses[2], Process: command.Process.Pid, command: command}
	return s, eventually(ctx, func() error {
		resp, err := http.Get(s.Admin + "/readyz")
		if err != nil {
			return fmt.Errorf("start sluice: %w", err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("start sluice: %s", resp.Status)
		}
		return nil
	})
}

// Stop ends the program in order, which closes its store.
func (s *Sluice) Stop() error {
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.command.Wait()
}

// Host returns the Host header with which an API is called.
func Host(api string) string { return api + ".execute-api.localhost" }

// Call makes a call to the control plane and decodes its result, if result isn't nil.
func (s *Sluice) Call(ctx context.Context, method, path, body string, result any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.Control+path, strings.NewReader(body))
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
		return fmt.Errorf("%s %s: %s %s", method, path, resp.Status, bytes.TrimSpace(text))
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(text, result)
}

// Import imports an OpenAPI document as a new API and returns its id.
func (s *Sluice) Import(ctx context.Context, document string) (string, error) {
	var api struct{ ID string }
	err := s.Call(ctx, "POST", "/restapis?mode=import&failonwarnings=true", document, &api)
	return api.ID, err
}

// Deploy deploys an API to the stage v1. extra has further members of the request, such as `"variables": {"a": "b"}`, or is "".
func (s *Sluice) Deploy(ctx context.Context, api, extra string) error {
	body := `{"stageName": "v1"`
	if extra != "" {
		body += ", " + extra
	}
	return s.Call(ctx, "POST", "/restapis/"+api+"/deployments", body+"}", nil)
}

// ImportAndDeploy does both.
func (s *Sluice) ImportAndDeploy(ctx context.Context, document, extra string) (api string, err error) {
	if api, err = s.Import(ctx, document); err != nil {
		return "", err
	}
	return api, s.Deploy(ctx, api, extra)
}

// WaitForAnswer asks for a path of an API until the answer is 200, for at most some seconds, and asks without pause.
func (s *Sluice) WaitForAnswer(ctx context.Context, api, path string) error {
	var last error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end) && ctx.Err() == nil; {
		if last = s.ask(ctx, api, path); last == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", path, last)
}

// ask wants 200 for a path of an API.
func (s *Sluice) ask(ctx context.Context, api, path string) error {
	req, err := http.NewRequestWithContext(ctx, "GET", "http://"+s.Gateway+path, nil)
	if err != nil {
		return err
	}
	req.Host = Host(api)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("answer %s", resp.Status)
	}
	return nil
}

// Metrics collects garbage and returns the values of metrics of the process, by name.
func (s *Sluice) Metrics(ctx context.Context) (map[string]float64, error) {
	if _, err := s.admin(ctx, "/debug/pprof/heap?gc=1"); err != nil {
		return nil, err
	}
	text, err := s.admin(ctx, "/metrics")
	if err != nil {
		return nil, err
	}
	values := make(map[string]float64)
	for line := range strings.Lines(string(text)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		var n float64
		if _, err := fmt.Sscan(value, &n); ok && err == nil && !strings.HasPrefix(name, "#") {
			values[name] = n
		}
	}
	return values, nil
}

// Profile takes a CPU profile of the process for that long.
func (s *Sluice) Profile(ctx context.Context, duration time.Duration) ([]byte, error) {
	return s.admin(ctx, fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(duration.Seconds())))
}

// admin asks the admin listener.
func (s *Sluice) admin(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", s.Admin+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return text, err
}
