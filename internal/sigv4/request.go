package sigv4

import (
	"net/http"
	"strconv"
	"strings"
)

// Request is what a signature covers, whatever carried the request.
type Request struct {
	Method        string
	Path          string // as sent, with its escapes
	RawQuery      string // as sent, without "?"
	Host          string
	ContentLength int64 // -1 where it is not known
	Header        Header
	Body          []byte
}

// Header gives the values of a header, whose name is in canonical form (X-Amz-Date). http.Header is one.
type Header interface {
	Values(name string) []string
}

// FromHTTP returns the Request for r, whose body has been read.
func FromHTTP(r *http.Request, body []byte) *Request {
	return &Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery,
		Host: r.Host, ContentLength: r.ContentLength, Header: r.Header, Body: body,
	}
}

// values returns the values of a header; Host and Content-Length have their own fields.
func (r *Request) values(name string) []string {
	switch name {
	case "host":
		return []string{r.Host}
	case "content-length":
		if r.ContentLength >= 0 {
			return []string{strconv.FormatInt(r.ContentLength, 10)}
		}
	}
	return r.Header.Values(http.CanonicalHeaderKey(name))
}

// Scope is what a request says of its signer.
type Scope struct {
	AccessKeyID string
	Region      string
	Service     string
}

// ScopeOf returns the credential scope that a request states in its Authorization header or its query,
// without verifying anything: the rest of the signature, its date too, may be missing or wrong.
func ScopeOf(r *http.Request) (Scope, bool) {
	_, credential, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	credential, _, _ = strings.Cut(credential, ",")
	parts := strings.Split(strings.TrimSpace(credential), "/")
	if len(parts) != 5 || parts[0] == "" || !validRegion(parts[2]) {
		return Scope{}, false
	}
	return Scope{AccessKeyID: parts[0], Region: parts[2], Service: parts[3]}, true
}
