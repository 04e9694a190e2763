package gwtest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// testLog names the log of a call of TestInvokeMethod among the log sections of a fixture.
const testLog = "test"

// testInvoke calls TestInvokeMethod and compares the result.
func (r *fixtureRun) testInvoke(t *testing.T, s step) error {
	call, err := expand(strings.TrimSpace(s.invoke), r.values)
	if err != nil {
		return err
	}
	verb, rest, _ := strings.Cut(call, " ")
	resource, body, _ := strings.Cut(rest, "\n")
	result, err := r.server.Control("POST", "/restapis/"+r.values["api"]+"/resources/"+resource+"/methods/"+verb, []byte(body))
	if err != nil {
		return err
	}
	if err := r.compareText(t, "response", s.response, renderTestResult(result)); err != nil {
		return err
	}
	for _, log := range s.logs {
		if log.group != testLog {
			return fmt.Errorf("log %s: a test has the log %q only", log.group, testLog)
		}
		text, _ := result["log"].(string)
		if err := r.compareText(t, "log", log.lines, text); err != nil {
			return err
		}
	}
	if err := r.compareEndpoint(t, s); err != nil {
		return err
	}
	return r.compareFunction(t, s)
}

// renderTestResult writes the result of a test as a section: status, headers with all their values, body.
func renderTestResult(result map[string]any) string {
	var b strings.Builder
	fmt.Fprintln(&b, result["status"])
	headers, _ := result["multiValueHeaders"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		values, _ := headers[name].([]any)
		for _, value := range values {
			fmt.Fprintf(&b, "%s: %v\n", name, value)
		}
	}
	fmt.Fprintf(&b, "\n%v\n", result["body"])
	return b.String()
}

// testAuthorizer calls TestInvokeAuthorizer and compares the result.
func (r *fixtureRun) testAuthorizer(t *testing.T, s step) error {
	call, err := r.pool.expandTokens(strings.TrimSpace(s.authorize))
	if err != nil {
		return err
	}
	if call, err = expand(call, r.values); err != nil {
		return err
	}
	id, body, _ := strings.Cut(call, "\n")
	result, err := r.server.Control("POST", "/restapis/"+r.values["api"]+"/authorizers/"+id, []byte(body))
	if err != nil {
		return err
	}
	status, log := result["clientStatus"], result["log"]
	for _, name := range []string{"clientStatus", "log", "latency"} {
		delete(result, name)
	}
	rest, err := json.Marshal(result)
	if err != nil {
		return err
	}
	if err := r.compareText(t, "response", s.response, fmt.Sprintf("%v\n\n%s\n", status, rest)); err != nil {
		return err
	}
	for _, lines := range s.logs {
		text, _ := log.(string)
		if err := r.compareText(t, "log", lines.lines, text); err != nil {
			return err
		}
	}
	return r.compareFunction(t, s)
}

// compareText compares the whole text of a section.
func (r *fixtureRun) compareText(t *testing.T, name string, want *section, got string) error {
	ok, err := matches(want.text, got, r.values)
	if err != nil {
		return err
	}
	fault := ""
	if !ok {
		fault = "the text is another"
	}
	r.report(t, name, fault, want, got)
	return nil
}
