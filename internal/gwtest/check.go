package gwtest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/internal/header"
)

// implied are the headers that every response has. They are checked always and listed in a fixture
// only where it is about them.
//
// AWS: the fixtures' README tells where these were observed.
var implied = []struct{ name, value string }{
	{"Date", "{{date}}"},
	{"Content-Length", ""}, // the body's length
	{"Connection", ""},     // keep-alive, or close after a refusal
	{"x-amzn-RequestId", "{{uuid}}"},
	{"x-amz-apigw-id", "{{extended-id}}"},
}

// compareResponse says in how far a response is not the expected one; "" if it is.
func compareResponse(expected string, got *received, method string, values map[string]string) (string, error) {
	m := parseMessage(expected)
	var faults []string
	if err := check(&faults, "status", m.first, strconv.Itoa(got.status), values); err != nil {
		return "", err
	}
	listed := slices.Clone(got.headers)
	for _, h := range implied {
		want := h.value
		value, ok := got.headers.Last(h.name)
		switch h.name {
		case "Content-Length":
			if got.status == 204 || got.status == 304 || got.headers.Has("Transfer-Encoding") {
				ok, want, value = true, "", ""
				break
			}
			want = strconv.Itoa(len(got.body))
		case "Connection":
			want = "keep-alive"
			if value == "close" {
				want = "close"
			}
		}
		if !ok {
			faults = append(faults, "no header "+h.name)
			continue
		}
		if err := check(&faults, "header "+h.name, want, value, values); err != nil {
			return "", err
		}
		if _, wanted := m.headers.Last(h.name); !wanted {
			listed.Del(h.name)
		}
	}
	if err := checkHeaders(&faults, m, listed, values); err != nil {
		return "", err
	}
	if err := checkBody(&faults, m, got.body, values); err != nil {
		return "", err
	}
	return strings.Join(faults, "\n"), nil
}

// compareEndpointRequest says in how far the requests that the back end received are not the one
// expected; "" if they are.
func compareEndpointRequest(expected string, got []BackendRequest, values map[string]string) (string, error) {
	if strings.TrimSpace(expected) == "none" {
		if len(got) != 0 {
			return fmt.Sprintf("%d requests, want none", len(got)), nil
		}
		return "", nil
	}
	if len(got) != 1 {
		return fmt.Sprintf("%d requests, want 1", len(got)), nil
	}
	m := parseMessage(expected)
	var faults []string
	if err := check(&faults, "request line", m.first, got[0].Method+" "+got[0].Target, values); err != nil {
		return "", err
	}
	if err := checkHeaders(&faults, m, got[0].Headers, values); err != nil {
		return "", err
	}
	if err := checkBody(&faults, m, got[0].Body, values); err != nil {
		return "", err
	}
	return strings.Join(faults, "\n"), nil
}

// check compares one part of a message.
func check(faults *[]string, what, want, got string, values map[string]string) error {
	ok, err := matches(want, got, values)
	if err != nil {
		return err
	}
	if !ok {
		*faults = append(*faults, fmt.Sprintf("%s: got %.2000q, want %.2000q", what, got, want))
	}
	return nil
}

// checkBody compares a body with what the section says of it, if it says anything.
func checkBody(faults *[]string, m message, got []byte, values map[string]string) error {
	if !m.hasBody {
		return nil
	}
	return check(faults, "body", m.body, string(got), values)
}

// checkHeaders compares headers by name, case included. The order of different names is not
// compared: nobody says what it is.
func checkHeaders(faults *[]string, m message, got header.List, values map[string]string) error {
	rest := slices.Clone(got)
	for _, want := range m.headers {
		i := slices.IndexFunc(rest, func(f header.Field) bool { return f.Name == want.Name })
		if i < 0 {
			*faults = append(*faults, fmt.Sprintf("header %s: got none, want %q", want.Name, want.Value))
			continue
		}
		if err := check(faults, "header "+want.Name, want.Value, rest[i].Value, values); err != nil {
			return err
		}
		rest = slices.Delete(rest, i, i+1)
	}
	for _, name := range m.absent {
		if value, ok := got.LastFold(name); ok {
			*faults = append(*faults, fmt.Sprintf("header %s: got %q, want none", name, value))
		}
	}
	if !m.open {
		for _, f := range rest {
			*faults = append(*faults, fmt.Sprintf("header %s: got %q, want none", f.Name, f.Value))
		}
	}
	return nil
}

// renderResponse writes a response as a section.
func renderResponse(got *received, values map[string]string) string {
	listed := slices.Clone(got.headers)
	for _, h := range implied {
		listed.Del(h.name)
	}
	return renderMessage(strconv.Itoa(got.status), listed, got.body, values)
}

// renderEndpointRequest writes what the back end received as a section.
func renderEndpointRequest(got []BackendRequest, values map[string]string) string {
	if len(got) == 0 {
		return "none\n"
	}
	r := got[0]
	return renderMessage(r.Method+" "+r.Target, r.Headers, r.Body, values)
}

// renderMessage writes a message as a section, with placeholders for the values of this run.
func renderMessage(first string, headers header.List, body []byte, values map[string]string) string {
	var b strings.Builder
	b.WriteString(first + "\n")
	for _, f := range headers {
		b.WriteString(f.Name + ": " + f.Value + "\n")
	}
	b.WriteString("\n")
	if utf8.Valid(body) {
		b.Write(body)
	} else {
		b.WriteString("{{base64 " + base64.StdEncoding.EncodeToString(body) + "}}")
	}
	text := b.String()
	for _, name := range []string{"api", "backend"} {
		if values[name] != "" {
			text = strings.ReplaceAll(text, values[name], "{{"+name+"}}")
		}
	}
	if len(body) == 0 {
		return text
	}
	return text + "\n"
}
