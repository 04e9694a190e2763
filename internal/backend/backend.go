// Package backend holds the small HTTP back ends that the examples call: a pet store and an echo.
//
// They stand for the services behind a real API, so that an example answers without the network. They
// keep everything in memory and know nothing of API Gateway. Start with [New].
package backend

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// makers are the back ends by name.
var makers = map[string]func() http.Handler{
	"echo":     newEcho,
	"petstore": newPetStore,
}

// Names returns the names of the back ends, sorted.
func Names() []string { return slices.Sorted(maps.Keys(makers)) }

// New returns a new back end. Its handler is safe for concurrent use.
func New(name string) (http.Handler, error) {
	maker, ok := makers[name]
	if !ok {
		return nil, fmt.Errorf("there is no back end %q: choose one of %s", name, strings.Join(Names(), ", "))
	}
	return maker(), nil
}

// problem is the body of every error.
type problem struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

func writeProblem(w http.ResponseWriter, status int, code, reason string) {
	writeJSON(w, status, problem{Code: code, Reason: reason})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}
