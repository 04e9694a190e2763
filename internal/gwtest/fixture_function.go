package gwtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/internal/server"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// fixtureFunctions is the fake Lambda of fixtures: every function does what the exchange says. Functions of authorizers
// have results and events of their own.
type fixtureFunctions struct {
	lambda *Lambda

	mu         sync.Mutex
	result     functionResult
	authorizer functionResult
}

// authorizerPrefix begins the names of the functions of authorizers.
const authorizerPrefix = "authorizer"

// functionResult is what a function-result section says. Its first line is one of
//
//	fail 429 Type message   the service answers with that status instead of calling the function
//	raise                   the function fails; the lines below are the error object
//	hang                    the function never ends
//	drop                    the connection breaks
//	stream                  the lines below are sent one by one, as a streamed response; a line "raise Type
//	                        message" ends the function with an error, a line "drop" breaks the connection
//
// and otherwise the whole section is the result.
type functionResult struct {
	text   string   // the result
	pieces []string // of a stream
	err    error
}

// newFixtureFunctions starts the fake.
func newFixtureFunctions(t testing.TB) *fixtureFunctions {
	f := &fixtureFunctions{lambda: NewLambda(t)}
	f.lambda.Function("*", f.run)
	return f
}

// configure makes a server call the fake.
func (f *fixtureFunctions) configure(c *server.Config) {
	c.Getenv = func(name string) string {
		return map[string]string{
			"AWS_ENDPOINT_URL_LAMBDA": f.lambda.URL, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
		}[name]
	}
}

// functionURI returns the URI of a function for integrations.
func functionURI(values map[string]string, version, name, operation string) string {
	region := values["region"]
	return fmt.Sprintf("arn:aws:apigateway:%s:lambda:path/%s/functions/arn:aws:lambda:%s:%s:function:%s/%s",
		region, version, region, values["account"], name, operation)
}

// prepare makes the functions do what a step says, and forgets earlier invocations.
func (f *fixtureFunctions) prepare(s step, values map[string]string) error {
	f.lambda.TakeInvocations()
	result, err := parseResult(s.functionResult, values)
	if err != nil {
		return err
	}
	authorizer, err := parseResult(s.authorizerResult, values)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.result, f.authorizer = result, authorizer
	return nil
}

// parseResult reads a section.
func parseResult(text string, values map[string]string) (functionResult, error) {
	text, err := expand(strings.TrimSuffix(text, "\n"), values)
	if err != nil {
		return functionResult{}, err
	}
	first, rest, _ := strings.Cut(text, "\n")
	words := strings.SplitN(first, " ", 4)
	result := functionResult{text: text}
	switch {
	case words[0] == "fail" && len(words) == 4:
		status, err := strconv.Atoi(words[1])
		if err != nil {
			return functionResult{}, fmt.Errorf("function-result: %w", err)
		}
		result = functionResult{err: &ServiceError{status, words[2], words[3]}}
	case first == "raise":
		result = functionResult{err: &FunctionError{Payload: []byte(rest)}}
	case first == "hang":
		result = functionResult{err: ErrHang}
	case first == "drop":
		result = functionResult{err: io.ErrClosedPipe}
	case first == "stream":
		result = parseStream(rest)
	}
	return result, nil
}

// parseStream reads the lines of a streamed response.
func parseStream(text string) functionResult {
	result := functionResult{}
	for line := range strings.SplitSeq(text, "\n") {
		if reason, ok := strings.CutPrefix(line, "raise "); ok {
			kind, message, _ := strings.Cut(reason, " ")
			result.err = &FunctionError{Type: kind, Message: message}
			break
		}
		if line == "drop" {
			result.err = io.ErrClosedPipe
			break
		}
		result.pieces = append(result.pieces, line)
	}
	return result
}

// run is the code of every function.
func (f *fixtureFunctions) run(inv *Invocation, w io.Writer) ([]byte, error) {
	f.mu.Lock()
	result := f.result
	if strings.HasPrefix(inv.Function, authorizerPrefix) {
		result = f.authorizer
	}
	f.mu.Unlock()
	for _, piece := range result.pieces {
		if _, err := io.WriteString(w, piece); err != nil {
			return nil, err
		}
	}
	if result.pieces != nil && w == io.Discard {
		return []byte(strings.Join(result.pieces, "")), result.err // a function that streams, called as a whole
	}
	return []byte(result.text), result.err
}

// compareEvent says in what the event of an invocation is not what a section expects: "none", a whole
// document, or lines "name: value" for members of it, whose names may be several joined by dots.
func compareEvent(expected string, invocations []Invocation, values map[string]string) (fault string, err error) {
	expected = strings.TrimSuffix(expected, "\n")
	if expected == "none" || len(invocations) != 1 {
		if n := len(invocations); expected != "none" || n > 0 {
			return fmt.Sprintf("%d invocations", n), nil
		}
		return "", nil
	}
	event := invocations[0].Event
	if ok, err := matches(expected, string(event), values); ok || err != nil {
		return "", err
	}
	if !memberLine.MatchString(expected) {
		ok, err := matches(expected, strings.TrimSuffix(renderEvent(invocations), "\n"), values)
		if !ok && err == nil {
			fault = "the event differs"
		}
		return fault, err
	}
	doc, err := jsonvalue.Parse(event)
	if err != nil {
		return "the event is not JSON", nil
	}
	for line := range strings.SplitSeq(expected, "\n") {
		path, want, _ := strings.Cut(line, ": ")
		member := doc
		for name := range strings.SplitSeq(path, ".") {
			member = member.Get(name)
		}
		got := "absent"
		if member.Exists() {
			got = member.String()
		}
		if ok, err := matches(want, got, values); !ok || err != nil {
			return fmt.Sprintf("%s is %s, want %s", path, got, want), err
		}
	}
	return "", nil
}

// renderEvent returns the events of invocations, indented.
func renderEvent(invocations []Invocation) string {
	if len(invocations) == 0 {
		return "none\n"
	}
	var b bytes.Buffer
	for _, inv := range invocations {
		start := b.Len()
		if json.Indent(&b, inv.Event, "", "  ") != nil {
			b.Truncate(start)
			b.Write(inv.Event)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
