package http1

// Hot path.

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
)

// SyntaxError is a message that is not HTTP/1.1 or whose framing is ambiguous.
type SyntaxError struct {
	Reason string // what is wrong, in lower case
}

// Error describes the fault.
func (e *SyntaxError) Error() string { return "malformed message: " + e.Reason }

// Framing says how long a message's body is and what becomes of the connection after it.
type Framing struct {
	ContentLength int64 // declared length in bytes; -1 if there is none
	Chunked       bool  // the body is in chunked transfer coding
	Close         bool  // the sender closes the connection after this message
	KeepAlive     bool  // the sender asked to keep the connection open (HTTP/1.0)
}

// Request is the head of a request.
type Request struct {
	Method  string
	Target  string // origin form, raw; the absolute form is reduced to it
	Host    string // authority of an absolute target, else the Host field; "" if there is none
	Minor   int    // minor version: 1 for HTTP/1.1, 0 for HTTP/1.0
	Headers header.List
	Framing

	// ExpectContinue says that the client waits for "100 Continue" before it sends the body.
	ExpectContinue bool
}

// ParseRequest reads the head of a request, from the request line to the empty line, into req, whose
// header list is appended to. All strings are parts of head.
//
// It accepts only CRLF line ends, no folded lines, no blank in or after a field name, one Host (at
// least one in HTTP/1.1), at most one Content-Length of digits only, at most one Transfer-Encoding,
// only "chunked" and never beside a Content-Length. The error is a *SyntaxError.
func ParseRequest(head string, req *Request) error {
	req.ContentLength = -1
	line, rest, ok := cutLine(head)
	if !ok {
		return &SyntaxError{"line without CRLF"}
	}
	if err := req.parseLine(line); err != nil {
		return err
	}
	hosts := 0
	for {
		line, rest, ok = cutLine(rest)
		if !ok {
			return &SyntaxError{"line without CRLF"}
		}
		if line == "" {
			break
		}
		name, value, err := parseField(line)
		if err != nil {
			return err
		}
		req.Headers = append(req.Headers, header.Field{Name: name, Value: value})
		if err := req.note(name, value, &hosts); err != nil {
			return err
		}
	}
	return req.check(hosts)
}

// parseLine reads the request line.
func (req *Request) parseLine(line string) error {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || !IsToken(method) {
		return &SyntaxError{"request line without method"}
	}
	target, version, ok := strings.Cut(rest, " ")
	if !ok {
		return &SyntaxError{"request line without version"}
	}
	switch version {
	case "HTTP/1.1":
		req.Minor = 1
	case "HTTP/1.0":
		req.Minor = 0
	default:
		return &SyntaxError{"version is not HTTP/1.1 or HTTP/1.0"}
	}
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] == 0x7f {
			return &SyntaxError{"control character in request target"}
		}
	}
	req.Method = method
	return req.setTarget(target)
}

// setTarget takes the origin form as it is and splits the absolute form.
func (req *Request) setTarget(target string) error {
	if strings.HasPrefix(target, "/") {
		req.Target = target
		return nil
	}
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok || !header.EqualName(scheme, "http") && !header.EqualName(scheme, "https") {
		return &SyntaxError{"request target is neither a path nor an http address"}
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	req.Host, req.Target = rest[:end], rest[end:]
	if req.Host == "" {
		return &SyntaxError{"request target without host"}
	}
	if !strings.HasPrefix(req.Target, "/") {
		req.Target = "/" + req.Target
	}
	return nil
}

// note keeps what a field says about host, framing and connection.
func (req *Request) note(name, value string, hosts *int) error {
	switch len(name) {
	case len("Host"):
		if header.EqualName(name, "Host") {
			*hosts++
			if req.Host == "" {
				req.Host = value
			}
		}
	case len("Expect"):
		if header.EqualName(name, "Expect") && header.EqualName(value, "100-continue") {
			req.ExpectContinue = true
		}
	case len("Connection"):
		if header.EqualName(name, "Connection") {
			req.noteConnection(value)
		}
	case len("Content-Length"):
		if header.EqualName(name, "Content-Length") {
			return req.noteLength(value)
		}
	case len("Transfer-Encoding"):
		if header.EqualName(name, "Transfer-Encoding") {
			return req.noteCoding(value)
		}
	}
	return nil
}

// noteLength takes a Content-Length of a request: one, and digits only.
func (req *Request) noteLength(value string) error {
	if req.ContentLength >= 0 {
		return &SyntaxError{"more than one Content-Length"}
	}
	n, ok := parseLength(value)
	if !ok {
		return &SyntaxError{"Content-Length is not a number"}
	}
	req.ContentLength = n
	return nil
}

// noteCoding takes a Transfer-Encoding of a request: one, and chunked only.
func (req *Request) noteCoding(value string) error {
	if req.Chunked {
		return &SyntaxError{"more than one Transfer-Encoding"}
	}
	if !header.EqualName(value, "chunked") {
		return &SyntaxError{"transfer coding is not chunked"}
	}
	req.Chunked = true
	return nil
}

// check refuses what no single line shows.
func (req *Request) check(hosts int) error {
	switch {
	case hosts > 1:
		return &SyntaxError{"more than one Host"}
	case hosts == 0 && req.Minor == 1:
		return &SyntaxError{"no Host"}
	case req.Chunked && req.ContentLength >= 0:
		return &SyntaxError{"Content-Length together with Transfer-Encoding"}
	case req.Chunked && req.Minor == 0:
		return &SyntaxError{"Transfer-Encoding in HTTP/1.0"}
	}
	if req.Minor == 0 && !req.KeepAlive {
		req.Close = true
	}
	return nil
}

// noteConnection takes the options close and keep-alive from a Connection field.
func (f *Framing) noteConnection(value string) {
	for value != "" {
		var option string
		option, value, _ = strings.Cut(value, ",")
		option = trimBlanks(option)
		switch {
		case header.EqualName(option, "close"):
			f.Close = true
		case header.EqualName(option, "keep-alive"):
			f.KeepAlive = true
		}
	}
}

// cutLine splits s after its first line end. It reports false if there is none or if the line
// does not end in CRLF; line is without it.
func cutLine(s string) (line, rest string, ok bool) {
	i := strings.IndexByte(s, '\n')
	if i < 1 || s[i-1] != '\r' {
		return "", s, false
	}
	return s[:i-1], s[i+1:], true
}

// parseField splits a field line strictly. A folded line fails because it begins with a blank.
func parseField(line string) (name, value string, err error) {
	i := 0
	for i < len(line) && tokenBytes[line[i]] {
		i++
	}
	if i == 0 || i == len(line) || line[i] != ':' {
		return "", "", &SyntaxError{"field name is not a token followed by a colon"}
	}
	value = trimBlanks(line[i+1:])
	if !IsFieldValue(value) {
		return "", "", &SyntaxError{"control character in a field value"}
	}
	return line[:i], value, nil
}

// parseLength reads a decimal length of at most 18 digits.
func parseLength(s string) (int64, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// trimBlanks removes spaces and tabs at both ends.
func trimBlanks(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// IsToken reports whether s may be a method or a field name (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !tokenBytes[s[i]] {
			return false
		}
	}
	return s != ""
}

// IsFieldValue reports whether s may be a field value: no control character but the tab.
func IsFieldValue(s string) bool {
	const ones = 0x0101010101010101
	for len(s) >= 8 {
		// Eight bytes at once: the high bit of a byte is set if it is below a blank, or the delete
		// character. It takes a sixth of the time of a look at each byte.
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		del := w ^ 0x7f*ones
		if ((w-' '*ones)&^w|(del-ones)&^del)&(0x80*ones) != 0 && !isFieldValue(s[:8]) {
			return false
		}
		s = s[8:]
	}
	return isFieldValue(s)
}

// isFieldValue is IsFieldValue byte by byte.
func isFieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

// tokenBytes says which bytes may stand in a token.
var tokenBytes = func() (table [256]bool) {
	const others = "!#$%&'*+-.^_`|~"
	for c := range table {
		table[c] = '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
			c < 0x80 && strings.IndexByte(others, byte(c)) >= 0
	}
	return table
}()
