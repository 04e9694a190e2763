package backend

import (
	"io"
	"net/http"
	"strconv"
	"strings"
)

// maxEcho is the largest body that is echoed, in bytes.
const maxEcho = 10 << 20

// echoed is what the echo tells of a request.
type echoed struct {
	Method  string              `json:"method"`
	Path    string              `json:"path"` // as it came, still escaped
	Query   map[string][]string `json:"query"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
}

// newEcho returns a handler that answers with the request it got. A path that ends in
// /status/{code} is answered with that status.
func newEcho() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEcho))
		if err != nil {
			writeProblem(w, http.StatusRequestEntityTooLarge, "too_large", err.Error())
			return
		}
		headers := r.Header.Clone()
		headers.Set("Host", r.Host)
		writeJSON(w, echoStatus(r.URL.Path), echoed{
			Method:  r.Method,
			Path:    r.URL.EscapedPath(),
			Query:   r.URL.Query(),
			Headers: headers,
			Body:    string(body),
		})
	})
}

// echoStatus returns the status that a path asks for, 200 where it does not.
func echoStatus(path string) int {
	_, code, ok := strings.Cut(path, "/status/")
	if !ok {
		return http.StatusOK
	}
	status, err := strconv.Atoi(code)
	if err != nil || status < 200 || status > 599 {
		return http.StatusOK
	}
	return status
}
