package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Sizes of the API that is deployed to see how long that takes.
const (
	manyResources = 143
	verbs         = "get put post delete options head patch"
)

// reportLife measures what is not per request: how soon a server with an existing store answers, what
// it holds when idle, and how long a large API takes to be imported and deployed.
func (f *fleet) reportLife(ctx context.Context, out io.Writer) error {
	data := filepath.Join(f.dir, "data")
	first, err := f.startWithData(ctx, data)
	if err != nil {
		return err
	}
	api, err := first.deploy(ctx, fmt.Sprintf(document, "127.0.0.1:8080"))
	if err != nil {
		return err
	}
	if err := first.stop(); err != nil {
		return err
	}

	began := time.Now()
	s, err := f.startWithData(ctx, data)
	if err != nil {
		return err
	}
	if err := s.waitForAnswer(ctx, api, "/v1/mock"); err != nil {
		return err
	}
	started := time.Since(began)
	memory, err := residentBytes(s.command.Process.Pid)
	if err != nil {
		return err
	}

	began = time.Now()
	if api, err = s.importAPI(ctx, largeDocument()); err != nil {
		return err
	}
	imported := time.Since(began)
	began = time.Now()
	if err := s.deployAPI(ctx, api); err != nil {
		return err
	}
	if err := s.waitForAnswer(ctx, api, fmt.Sprintf("/v1/resource%d", manyResources-1)); err != nil {
		return err
	}
	deployed := time.Since(began)
	fmt.Fprintf(out, "\nstart with an existing store to the first answer: %d ms; idle memory: %.0f MB\n", started.Milliseconds(), float64(memory)/1e6)
	fmt.Fprintf(out, "%d methods: imported in %d ms, deployed and answering in %d ms\n",
		manyResources*len(strings.Fields(verbs)), imported.Milliseconds(), deployed.Milliseconds())
	return nil
}

// instance is a server of our own with its control plane.
type instance struct {
	command *exec.Cmd
	control string // base URL
	gateway string
}

// startWithData starts sluice, which startSluice has built, on a data directory.
func (f *fleet) startWithData(ctx context.Context, data string) (*instance, error) {
	control, err := freeAddress()
	if err != nil {
		return nil, err
	}
	gateway, err := freeAddress()
	if err != nil {
		return nil, err
	}
	command := exec.Command(filepath.Join(f.dir, "sluice"), "serve", "--auth", "off", "--data", data, "--admin", "off",
		"--log-level", "warn", "--control", control, "--gateway", gateway)
	if err := f.start(command); err != nil {
		return nil, err
	}
	if err := waitFor(ctx, gateway); err != nil {
		return nil, fmt.Errorf("start sluice: %w", err)
	}
	return &instance{command, "http://" + control, "http://" + gateway}, nil
}

// stop ends the server, which closes its store.
func (s *instance) stop() error {
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.command.Wait()
}

// importAPI imports a document and returns the API's id.
func (s *instance) importAPI(ctx context.Context, document string) (string, error) {
	var api struct{ ID string }
	err := post(ctx, s.control+"/restapis?mode=import", document, &api)
	return api.ID, err
}

// deployAPI deploys an API to the stage v1.
func (s *instance) deployAPI(ctx context.Context, api string) error {
	return post(ctx, s.control+"/restapis/"+api+"/deployments", `{"stageName": "v1"}`, nil)
}

// deploy does both.
func (s *instance) deploy(ctx context.Context, document string) (string, error) {
	api, err := s.importAPI(ctx, document)
	if err != nil {
		return "", err
	}
	return api, s.deployAPI(ctx, api)
}

// waitForAnswer asks until the answer is 200.
func (s *instance) waitForAnswer(ctx context.Context, api, path string) error {
	last := ""
	for range 1000 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.gateway+path, nil)
		if err != nil {
			return err
		}
		req.Host = api + ".execute-api.localhost"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return nil
		}
		last = resp.Status
		time.Sleep(time.Millisecond)
	}
	return fmt.Errorf("%s never answered: %s", path, last)
}

// largeDocument is an API with many methods, each with a mapping template.
func largeDocument() string {
	const method = `{"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock",
		"requestTemplates": {"application/json": "{\"statusCode\": 200}"},
		"responses": {"default": {"statusCode": "200", "responseTemplates": {"application/json": "{\"path\": \"$context.resourcePath\"}"}}}}}`
	var b strings.Builder
	b.WriteString(`{"openapi": "3.0.1", "info": {"title": "large", "version": "1"}, "paths": {`)
	for i := range manyResources {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `"/resource%d": {`, i)
		for j, verb := range strings.Fields(verbs) {
			if j > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q: %s", verb, method)
		}
		b.WriteString("}")
	}
	b.WriteString("}}")
	return b.String()
}

// residentBytes returns how much memory a process holds.
func residentBytes(process int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS of process %d", process)
}
