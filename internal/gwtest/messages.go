package gwtest

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
)

// In all sections {{name}} stands for a value of the run: api (the API's id), backend (host:port of
// the back end), account, region, and what control-plane calls have saved. {{repeat N text}},
// {{base64 text}} and {{quote "text"}} make bytes that can't stand in a file. In a document,
// {{mock text}} is a method with a MOCK integration that answers 200 with text, a mapping template, and
// {{function name}} and {{streaming-function name}} are the URIs with which integrations call a function.
// {{policy EFFECT RESOURCE}} is a policy document, {{token USE name=value ...}} a token of the fake user pool, whose ARN is
// {{user-pool fixture}}.
//
// In expected sections there are also patterns for what differs between runs:
var patterns = map[string]string{
	"any":         `.*`,
	"uuid":        `[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`,
	"extended-id": `[A-Za-z0-9+/_-]{14,15}=`,
	"number":      `[0-9]+`,
	"trace":       `Root=1-[0-9a-f]{8}-[0-9a-f]{24}`,
	"hex":         `[0-9a-f]+`,
	"time":        `[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z`,
	"log-time":    `[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} \+0000`,
	"test-time":   `[A-Z][a-z]{2} [A-Z][a-z]{2} [0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC [0-9]{4}`,
	"line":        `[^\n]*`,
	"date":        `[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT`,
}

// placeholder is {{name}} or {{name argument}}.
var placeholder = regexp.MustCompile(`\{\{([a-z0-9-]+)(?: ([^}]*))?\}\}`)

// mockMethod is a method as an OpenAPI document has it.
const mockMethod = `{responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: mock, ` +
	`requestTemplates: {application/json: '{"statusCode": 200}'}, ` +
	`responses: {default: {statusCode: "200", responseTemplates: {application/json: 'TEXT'}}}}}`

// expand replaces the placeholders of text by their values.
func expand(text string, values map[string]string) (string, error) {
	var failed error
	text = placeholder.ReplaceAllStringFunc(text, func(all string) string {
		m := placeholder.FindStringSubmatch(all)
		value, err := literal(m[1], m[2], values)
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return text, failed
}

// literal returns the bytes that a placeholder stands for.
func literal(name, argument string, values map[string]string) (string, error) {
	switch name {
	case "repeat":
		count, text, _ := strings.Cut(argument, " ")
		n, err := strconv.Atoi(count)
		if err != nil {
			return "", fmt.Errorf("{{repeat %s}}: %w", argument, err)
		}
		return strings.Repeat(text, n), nil
	case "base64":
		data, err := base64.StdEncoding.DecodeString(argument)
		return string(data), err
	case "quote":
		return strconv.Unquote(argument)
	case "function":
		return functionURI(values, "2015-03-31", argument, "invocations"), nil
	case "streaming-function":
		return functionURI(values, "2021-11-15", argument, "response-streaming-invocations"), nil
	case "policy":
		effect, resource, _ := strings.Cut(argument, " ")
		return `{"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "` + effect + `", "Resource": "` + resource + `"}]}`, nil
	case "user-pool":
		return "arn:aws:cognito-idp:us-east-1:" + values["account"] + ":userpool/us-east-1_" + argument, nil
	case "mock":
		return strings.ReplaceAll(mockMethod, "TEXT", strings.ReplaceAll(argument, "'", "''")), nil
	}
	if value, ok := values[name]; ok {
		return value, nil
	}
	return "", fmt.Errorf("no value for {{%s}}", name)
}

// matches reports whether got is what the expected text says.
func matches(expected, got string, values map[string]string) (bool, error) {
	var pattern strings.Builder
	pattern.WriteString(`\A(?s:`)
	rest := expected
	for {
		at := placeholder.FindStringSubmatchIndex(rest)
		if at == nil {
			break
		}
		pattern.WriteString(regexp.QuoteMeta(latin1(rest[:at[0]])))
		name, argument := rest[at[2]:at[3]], ""
		if at[4] >= 0 {
			argument = rest[at[4]:at[5]]
		}
		if known, ok := patterns[name]; ok {
			pattern.WriteString("(?:" + known + ")")
		} else {
			value, err := literal(name, argument, values)
			if err != nil {
				return false, err
			}
			if len(value) > 500 {
				// A regular expression may not be that long; such a section has nothing else in it.
				return rest[:at[0]] == "" && rest[at[1]:] == "" && value == got, nil
			}
			pattern.WriteString(regexp.QuoteMeta(latin1(value)))
		}
		rest = rest[at[1]:]
	}
	pattern.WriteString(regexp.QuoteMeta(latin1(rest)) + `)\z`)
	re, err := regexp.Compile(pattern.String())
	if err != nil {
		return false, err
	}
	return re.MatchString(latin1(got)), nil
}

// latin1 makes one character of each byte: a regular expression knows no other bytes than UTF-8.
func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

// message is a section with a message: first line, headers, body.
type message struct {
	first   string
	headers header.List
	body    string
	hasBody bool // whether the section says anything about the body

	// open says that more headers than those listed may be there ("..." among them, or none listed).
	open bool

	// absent are names of headers that must not be there (lines "!Name").
	absent []string
}

// headerLine is a line that can be a header.
var headerLine = regexp.MustCompile("^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?(.*)$")

// memberLine is the first line of a section that lists members of an event.
var memberLine = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9.-]*: `)

// parseMessage reads a section. The body begins after an empty line, or with the first line that can't
// be a header; a section that has neither says nothing about the body. The line end before the next
// section belongs to the file, not to the body.
func parseMessage(text string) message {
	var m message
	m.first, text, _ = strings.Cut(text, "\n")
	for text != "" {
		line, rest, _ := strings.Cut(text, "\n")
		if line == "" {
			text, m.hasBody = rest, true
			break
		}
		if name, ok := strings.CutPrefix(line, "!"); ok && !strings.ContainsAny(name, " :{") {
			m.absent = append(m.absent, name)
		} else if line == "..." {
			m.open = true
		} else if field := headerLine.FindStringSubmatch(line); field != nil {
			m.headers.Add(field[1], strings.TrimSpace(field[2]))
		} else {
			break
		}
		text = rest
	}
	m.body = strings.TrimSuffix(text, "\n")
	m.hasBody = m.hasBody || m.body != ""
	m.open = m.open || len(m.headers) == 0
	return m
}

// parseAnswer reads an endpoint-response section.
func parseAnswer(text string, values map[string]string) (Answer, error) {
	text, err := expand(text, values)
	if err != nil {
		return Answer{}, err
	}
	m := parseMessage(text)
	switch m.first {
	case "":
		return Answer{}, nil
	case "drop":
		return Answer{Drop: true}, nil
	case "hang":
		return Answer{Hang: true}, nil
	case "raw":
		_, raw, _ := strings.Cut(text, "\n")
		return Answer{Raw: []byte(strings.ReplaceAll(raw, "\n", "\r\n"))}, nil
	}
	code, _, _ := strings.Cut(m.first, " ")
	status, err := strconv.Atoi(code)
	if err != nil {
		return Answer{}, fmt.Errorf("endpoint-response begins with %q, want a status, drop, hang or raw", m.first)
	}
	return Answer{Status: status, Headers: m.headers, Body: []byte(m.body)}, nil
}

// clientRequest reads a request section and returns the bytes to send and the method. Version, Host
// and Content-Length are added where the section has none.
func clientRequest(text string, values map[string]string) (wire []byte, method string, err error) {
	if text, err = expand(text, values); err != nil {
		return nil, "", err
	}
	m := parseMessage(text)
	method, _, _ = strings.Cut(m.first, " ")
	host := values["api"] + ".execute-api.localhost"
	if m.headers.Has(signWith) {
		if err := m.sign(host, values); err != nil {
			return nil, "", err
		}
	}
	line := m.first
	if !strings.HasSuffix(line, " HTTP/1.1") && !strings.HasSuffix(line, " HTTP/1.0") {
		line += " HTTP/1.1"
	}
	line += "\r\n"
	if !m.headers.Has("Host") {
		line += "Host: " + host + "\r\n"
	}
	wire = []byte(line)
	for _, f := range m.headers {
		wire = append(wire, f.Name+": "+f.Value+"\r\n"...)
	}
	chunked := header.EqualName(m.headers.Get("Transfer-Encoding"), "chunked")
	if m.body != "" && !chunked && !m.headers.Has("Content-Length") {
		wire = append(wire, fmt.Sprintf("Content-Length: %d\r\n", len(m.body))...)
	}
	wire = append(wire, "\r\n"...)
	if chunked {
		return appendChunks(wire, []byte(m.body)), method, nil
	}
	return append(wire, m.body...), method, nil
}
