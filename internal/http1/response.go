package http1

// Hot path.

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
)

// Response is the head of a response.
type Response struct {
	Status  int
	Minor   int // minor version: 1 for HTTP/1.1, 0 for HTTP/1.0
	Headers header.List
	Framing
}

// ParseResponse reads the head of a response, from the status line to the empty line, into resp,
// whose header list is appended to.
//
// It is lenient where that can't be misused, because the other end is a server that the operator
// chose: lines may end in LF, folded lines are joined by a blank, blanks before the colon are
// dropped, equal Content-Lengths count once and chunked wins over Content-Length. The error is a
// *SyntaxError.
func ParseResponse(head string, resp *Response) error {
	resp.ContentLength = -1
	line, rest, ok := cutLineLenient(head)
	if !ok {
		return &SyntaxError{"line without end"}
	}
	if err := resp.parseLine(line); err != nil {
		return err
	}
	for {
		line, rest, ok = cutLineLenient(rest)
		if !ok {
			return &SyntaxError{"line without end"}
		}
		if line == "" {
			break
		}
		for rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
			var more string
			more, rest, _ = cutLineLenient(rest)
			line = line + " " + trimBlanks(more)
		}
		name, value, err := parseFieldLenient(line)
		if err != nil {
			return err
		}
		resp.Headers = append(resp.Headers, header.Field{Name: name, Value: value})
		if err := resp.note(name, value); err != nil {
			return err
		}
	}
	if resp.Minor == 0 && (!resp.KeepAlive || resp.Chunked) {
		resp.Close = true
	}
	return nil
}

// parseLine reads the status line.
func (resp *Response) parseLine(line string) error {
	version, rest, ok := strings.Cut(line, " ")
	switch {
	case !ok:
		return &SyntaxError{"status line without status"}
	case version == "HTTP/1.1":
		resp.Minor = 1
	case version == "HTTP/1.0":
		resp.Minor = 0
	default:
		return &SyntaxError{"version is not HTTP/1.1 or HTTP/1.0"}
	}
	code, _, _ := strings.Cut(rest, " ")
	n, ok := parseLength(code)
	if !ok || len(code) != 3 || n < 100 {
		return &SyntaxError{"status is not a number of three digits"}
	}
	resp.Status = int(n)
	return nil
}

// note keeps what a field says about framing and connection.
func (resp *Response) note(name, value string) error {
	switch len(name) {
	case len("Connection"):
		if header.EqualName(name, "Connection") {
			resp.noteConnection(value)
		}
	case len("Content-Length"):
		if !header.EqualName(name, "Content-Length") {
			return nil
		}
		first, others, more := strings.Cut(value, ",")
		n, ok := parseLength(trimBlanks(first))
		if !ok || resp.ContentLength >= 0 && resp.ContentLength != n {
			return &SyntaxError{"Content-Length is not one number"}
		}
		resp.ContentLength = n
		if more {
			return resp.note(name, trimBlanks(others))
		}
	case len("Transfer-Encoding"):
		if !header.EqualName(name, "Transfer-Encoding") || header.EqualName(value, "identity") {
			return nil
		}
		if !header.EqualName(value, "chunked") || resp.Chunked {
			return &SyntaxError{"transfer coding is not chunked"}
		}
		resp.Chunked = true
	}
	return nil
}

// cutLineLenient splits s after its first LF; line is without it and without a CR before it.
func cutLineLenient(s string) (line, rest string, ok bool) {
	line, rest, ok = strings.Cut(s, "\n")
	return strings.TrimSuffix(line, "\r"), rest, ok
}

// parseFieldLenient splits a field line and drops blanks before the colon.
func parseFieldLenient(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	name, value = trimBlanks(name), trimBlanks(value)
	if !ok || !IsToken(name) {
		return "", "", &SyntaxError{"field name is not a token followed by a colon"}
	}
	if !IsFieldValue(value) {
		return "", "", &SyntaxError{"control character in a field value"}
	}
	return name, value, nil
}
