package gwtest

import (
	"fmt"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// A fixture is a .txtar file: a comment that says what is pinned and who says so, an API, and
// exchanges with it. Its sections, in this order:
//
//	api.yaml, api.json   the API as an OpenAPI document; it is imported and deployed to the stage v1
//	setup                control-plane calls after the import and before the deployment
//	stage                members of the deployment's request besides stageName, for example
//	                     {"variables": {"x": "y"}}; "none" deploys nothing
//
// and then any number of
//
//	request: title       what a client sends
//	endpoint-response    what the back end answers: status, headers, empty line, body
//	endpoint-request     what the back end must have received; "none" if nothing
//	function-result      what the fake Lambda's function returns
//	function-event       the event that it must have been called with; "none" if it was not called
//	authorizer-result    the same for functions whose name begins with "authorizer"
//	authorizer-event
//	response             what the client must receive: status, headers, empty line, body
//	log: group           what the exchange must have written to a log group of the stage; "none" if nothing
//	control              control-plane calls between exchanges
//	invoke: title        a call of TestInvokeMethod: verb, id of the resource and the members of the request. Its response has
//	                     every header, and "log: test" is its log.
//	authorize: title     a call of TestInvokeAuthorizer: id of the authorizer and the members of the request. Its response is the
//	                     status of the client, and the rest of the result but log and latency as JSON.
//
// README.md beside the fixtures has the details for their writers; see also messages.go.
type fixture struct {
	path    string
	archive *txtar.Archive

	document string // the OpenAPI document, or ""
	setup    string
	stage    string // JSON, or "none"
	steps    []step
}

// step is one exchange, or calls to the control plane.
type step struct {
	title   string
	control string // the calls; "" for an exchange
	invoke  string // the call of TestInvokeMethod; "" for an exchange

	authorize string // the call of TestInvokeAuthorizer; "" for an exchange

	request          string
	endpointResponse string
	endpointRequest  *section // nil if not checked
	functionResult   string
	functionEvent    *section // nil if not checked
	authorizerResult string
	authorizerEvent  *section // nil if not checked
	response         *section
	logs             []groupLog
}

// groupLog is what an exchange writes to a log group.
type groupLog struct {
	group string
	lines *section
}

// section is a section whose text an update may replace.
type section struct {
	text string
	file *txtar.File
}

// readFixture reads and checks a fixture file.
func readFixture(path string) (*fixture, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseFixture(path, txtar.Parse(data))
}

// parseFixture checks the sections of a fixture and puts them together.
func parseFixture(path string, archive *txtar.Archive) (*fixture, error) {
	f := &fixture{path: path, archive: archive, stage: "{}"}
	if err := checkComment(string(archive.Comment)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for i := range archive.Files {
		if err := f.add(&archive.Files[i]); err != nil {
			return nil, fmt.Errorf("%s: section %q: %w", path, archive.Files[i].Name, err)
		}
	}
	for _, s := range f.steps {
		if s.control == "" && s.response == nil {
			return nil, fmt.Errorf("%s: request %q has no response", path, s.title)
		}
	}
	if len(f.steps) == 0 {
		return nil, fmt.Errorf("%s: no request", path)
	}
	return f, nil
}

// checkComment demands what is pinned and a source for it.
func checkComment(comment string) error {
	if !strings.HasPrefix(comment, "# ") {
		return fmt.Errorf("begin with a comment that says what is pinned")
	}
	for line := range strings.Lines(comment) {
		for _, mark := range []string{"AWS:", "Observed:", "Chosen:", "Differs:"} {
			if strings.Contains(line, mark) {
				return nil
			}
		}
	}
	return fmt.Errorf("the comment names no source (AWS, Observed, Chosen or Differs, each with a colon)")
}

// add takes one section.
func (f *fixture) add(file *txtar.File) error {
	text := string(file.Data)
	name, title, _ := strings.Cut(file.Name, ":")
	switch name {
	case "api.yaml", "api.json":
		f.document = text
		return nil
	case "setup":
		f.setup = text
		return nil
	case "stage":
		f.stage = strings.TrimSpace(text)
		return nil
	case "control":
		f.steps = append(f.steps, step{title: "control", control: text})
		return nil
	case "invoke":
		f.steps = append(f.steps, step{title: strings.TrimSpace(title), invoke: text})
		return nil
	case "authorize":
		f.steps = append(f.steps, step{title: strings.TrimSpace(title), authorize: text})
		return nil
	case "request":
		title = strings.TrimSpace(title)
		if title == "" {
			title = fmt.Sprintf("request %d", len(f.steps)+1)
		}
		f.steps = append(f.steps, step{title: title, request: text})
		return nil
	}
	if len(f.steps) == 0 || f.steps[len(f.steps)-1].control != "" {
		return fmt.Errorf("stands behind no request")
	}
	s := &f.steps[len(f.steps)-1]
	switch name {
	case "endpoint-response":
		s.endpointResponse = text
	case "endpoint-request":
		s.endpointRequest = &section{text, file}
	case "log":
		s.logs = append(s.logs, groupLog{strings.TrimSpace(title), &section{text, file}})
	case "function-result":
		s.functionResult = text
	case "function-event":
		s.functionEvent = &section{text, file}
	case "authorizer-result":
		s.authorizerResult = text
	case "authorizer-event":
		s.authorizerEvent = &section{text, file}
	case "response":
		s.response = &section{text, file}
	default:
		return fmt.Errorf("unknown")
	}
	return nil
}
