package dev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/remote"
)

// Config says what to run. All fields but Variables, Backends and
// Findings are required.
type Config struct {
	File       string // the OpenAPI document
	APIID      string // of the API to make: see APIID
	Stage      string // name of the stage to deploy to
	ControlURL string // base URL of the control plane
	GatewayURL string // base URL at whose root path the stage is served
	SecureURL  string // the same with TLS; "" for none
	Authority  string // file with the certificate of whoever certifies that, for clients to trust

	Variables map[string]string // stage variables
	Backends  map[string]string // stage variables that hold the address of a back end, with its name

	// Findings, if not nil, collects what the data plane finds in what is deployed.
	Findings *Findings

	Out io.Writer // for people; safe for use from several goroutines
}

// Run imports and deploys the file, tells what is there, and does so again whenever the file changes,
// until ctx ends. A file with a mistake is told of, and what was deployed before stays. Run fails
// only where watching the file or starting a back end does.
func Run(ctx context.Context, cfg Config) error {
	changes, err := watch(ctx, cfg.File)
	if err != nil {
		return err
	}
	s := &session{Config: cfg, client: &remote.Client{URL: cfg.ControlURL}}
	defer s.backends.close()
	for {
		if err := s.reload(ctx); err != nil {
			return err
		}
		select {
		case <-changes:
		case <-ctx.Done():
			return nil
		}
	}
}

// session is one run.
type session struct {
	Config
	client   *remote.Client
	backends backends

	text       []byte // of the file as it was tried last
	tried      bool
	created    bool   // the API exists
	deployment string // the deployment that the stage serves, empty before the first
}

// reload deploys the file if it is not the one that was tried last.
func (s *session) reload(ctx context.Context) error {
	text, err := os.ReadFile(s.File)
	switch {
	case errors.Is(err, os.ErrNotExist) && s.tried:
		return nil // an editor is about to put the new file in its place
	case err != nil:
		return err
	case s.tried && bytes.Equal(text, s.text):
		return nil
	}
	first := s.deployment == ""
	s.text, s.tried = text, true
	began := time.Now()
	document, problems := load(text)
	report := func(problems []openapi.Problem) { openapi.WriteProblems(s.Out, s.File, text, problems) }
	if openapi.HasErrors(problems) {
		report(problems)
		s.kept()
		return nil
	}
	settings, err := settingsOf(document)
	if err != nil {
		report(append(problems, *settingsProblem(document, err)))
		s.kept()
		return nil
	}
	variables, err := s.variables(settings)
	if err != nil {
		return err
	}
	warnings, err := s.deploy(ctx, text, variables)
	if ctx.Err() != nil {
		return nil
	}
	var refused *remote.Error
	switch {
	case errors.As(err, &refused):
		report(document.RefusalProblems(refused.Message, problems))
		s.kept()
		return nil
	case err != nil:
		return err
	}
	problems = document.WarningProblems(warnings, problems)
	if s.Findings != nil {
		for _, d := range s.Findings.take() {
			problems = append(problems, problemOf(document, d))
		}
	}
	report(problems)
	s.announce(document, first, time.Since(began))
	return nil
}

// kept says what a file with a mistake leaves in place.
func (s *session) kept() {
	if s.deployment == "" {
		fmt.Fprintf(s.Out, "Nothing is deployed yet; waiting for %s to change.\n\n", s.File)
		return
	}
	fmt.Fprintf(s.Out, "The last good version stays deployed; waiting for %s to change.\n\n", s.File)
}

// variables starts the back ends that are wanted and returns the stage variables with their addresses.
func (s *session) variables(settings *settings) (map[string]string, error) {
	variables := maps.Clone(settings.StageVariables)
	if variables == nil {
		variables = make(map[string]string)
	}
	maps.Copy(variables, s.Variables)
	wanted := maps.Clone(settings.Backends)
	if wanted == nil {
		wanted = make(map[string]string)
	}
	maps.Copy(wanted, s.Backends)
	for _, variable := range slices.Sorted(maps.Keys(wanted)) {
		name := wanted[variable]
		if _, given := s.Variables[variable]; given {
			continue // the user has a back end of his own
		}
		address, started, err := s.backends.start(name)
		if err != nil {
			return nil, err
		}
		if started {
			fmt.Fprintf(s.Out, "Back end %s runs at http://%s (stage variable %s)\n", name, address, variable)
		}
		variables[variable] = address
	}
	return variables, nil
}

// deploy brings the document into the API, which it makes first if there is none, and deploys it.
// It returns the warnings of the import.
func (s *session) deploy(ctx context.Context, text []byte, variables map[string]string) (warnings []string, err error) {
	if !s.created {
		if err := s.client.CreateRestAPI(ctx, s.APIID, s.APIID); err != nil {
			return nil, err
		}
		s.created = true
	}
	imported, err := s.client.Import(ctx, remote.Import{Document: text, APIID: s.APIID, Overwrite: true})
	if err != nil {
		return nil, err
	}
	deployment, err := s.client.Deploy(ctx, s.APIID, s.Stage, "", variables)
	if err != nil {
		return nil, err
	}
	if s.deployment != "" {
		if err := s.client.DeleteDeployment(ctx, s.APIID, s.deployment); err != nil {
			return nil, err
		}
	}
	s.deployment = deployment
	return imported.Warnings, nil
}

// announce tells what is deployed: everything the first time, later only that it is.
func (s *session) announce(document *openapi.API, first bool, took time.Duration) {
	routes := routesOf(document)
	if !first {
		fmt.Fprintf(s.Out, "%s changed: deployed %d routes in %v\n", s.File, len(routes), took.Round(time.Millisecond))
		return
	}
	fmt.Fprintf(s.Out, "\n%s is deployed to the stage %s of the API %s in %v\n\n", s.File, s.Stage, s.APIID, took.Round(time.Millisecond))
	writeRoutes(s.Out, routes)
	fmt.Fprintf(s.Out, "\nTry:\n\n")
	for _, r := range routes {
		fmt.Fprintf(s.Out, "  %s\n", r.curl(s.GatewayURL))
	}
	fmt.Fprintf(s.Out, "\nThe stage is also at %s\n", s.stageURL("http", s.GatewayURL))
	if s.SecureURL != "" {
		fmt.Fprintf(s.Out, "With TLS it is at %s/ and %s\n", s.SecureURL, s.stageURL("https", s.SecureURL))
		fmt.Fprintf(s.Out, "for clients that trust %s: curl --cacert %[1]s ...\n", s.Authority)
	}
	fmt.Fprintf(s.Out, "The control plane is at %s; point SDKs, the AWS CLI and Terraform there.\n", s.ControlURL)
	fmt.Fprintf(s.Out, "Watching %s; stop with Ctrl-C.\n\n", s.File)
}

// stageURL returns the address of the stage by the host name of its API, at the port of a listener.
func (s *session) stageURL(scheme, listener string) string {
	port := listener[strings.LastIndexByte(listener, ':')+1:]
	return scheme + "://" + s.APIID + ".execute-api.localhost:" + port + "/" + s.Stage
}

var notInID = regexp.MustCompile(`[^a-z0-9_-]+`)

// maxAPIID is the length of the longest label of a host name.
const maxAPIID = 63

// APIID returns the id of the API that is made of a file: its name, as far as an id can hold it, so
// that the address of the API is the same each time.
func APIID(file string) string {
	name := filepath.Base(file)
	name = strings.TrimSuffix(name, filepath.Ext(name))
	id := strings.Trim(notInID.ReplaceAllString(strings.ToLower(name), "-"), "-_")
	if len(id) > maxAPIID {
		id = strings.TrimRight(id[:maxAPIID], "-_")
	}
	if id == "" {
		return "api"
	}
	return id
}
