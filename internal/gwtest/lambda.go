package gwtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Lambda is a fake of the Lambda service: functions are Go functions, invocations are recorded. It
// speaks the operations Invoke and InvokeWithResponseStream of the service's interface.
type Lambda struct {
	URL string // http://host:port, for AWS_ENDPOINT_URL_LAMBDA

	mu          sync.Mutex
	functions   map[string]Function
	aliases     map[string]string // "function:alias" -> version
	invocations []Invocation
	requests    int
}

// Function is the code of a function. The whole answer of an invocation is what it returns; what it
// writes to w, in addition, is only for the callers of InvokeWithResponseStream.
type Function func(inv *Invocation, w io.Writer) ([]byte, error)

// Invocation is one call of a function.
type Invocation struct {
	Function  string // its name
	Qualifier string // version or alias, or ""
	Type      string // RequestResponse, Event or DryRun
	Streaming bool
	Event     []byte
	Headers   http.Header // of the call
	Path      string      // of the call, as it was sent
}

// FunctionError is the error with which a function ends an invocation.
type FunctionError struct {
	Type    string // errorType
	Message string
	Payload []byte // instead of the object of type and message
}

// Error describes the error.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// ServiceError is an answer of the service that runs no function.
type ServiceError struct {
	Status  int
	Type    string // in x-amzn-ErrorType
	Message string
}

// Error describes the error.
func (e *ServiceError) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Type, e.Message) }

// ErrHang is the error of a function that never answers.
var ErrHang = errors.New("the function never answers")

// maxInvocationBytes is how long events and results may be.
//
// AWS: Lambda quotas (invocation payload).
const maxInvocationBytes = 6 << 20

// NewLambda starts a fake that ends with the test.
func NewLambda(t testing.TB) *Lambda {
	t.Helper()
	l := &Lambda{functions: make(map[string]Function), aliases: make(map[string]string)}
	s := httptest.NewServer(l)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	l.URL = s.URL
	return l
}

// Function makes f the code of the function of that name; "*" is any other function.
func (l *Lambda) Function(name string, f Function) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.functions[name] = f
}

// Alias makes an alias of a function mean a version.
func (l *Lambda) Alias(function, alias, version string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.aliases[function+":"+alias] = version
}

// TakeInvocations returns the invocations that came since it was last called.
func (l *Lambda) TakeInvocations() []Invocation {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.invocations
	l.invocations = nil
	return taken
}

// ServeHTTP answers one request to the service.
func (l *Lambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	inv, err := parseInvocation(r)
	if err == nil {
		err = l.invoke(w, r, inv)
	}
	if err == nil {
		return
	}
	failure, ok := err.(*ServiceError)
	if !ok {
		panic(http.ErrAbortHandler) // the connection breaks
	}
	w.Header().Set("x-amzn-RequestId", l.requestID())
	w.Header().Set("x-amzn-ErrorType", failure.Type)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(failure.Status)
	text, _ := json.Marshal(map[string]string{"Type": "User", "Message": failure.Message})
	_, _ = w.Write(text)
}

// requestID returns a new id, a UUID whose last part counts.
func (l *Lambda) requestID() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", l.requests)
}

// parseInvocation reads what a request asks for.
func parseInvocation(r *http.Request) (*Invocation, error) {
	unknown := &ServiceError{404, "UnknownOperationException", "no such operation: " + r.Method + " " + r.URL.Path}
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/2015-03-31/functions/")
	name, isInvoke := strings.CutSuffix(path, "/invocations")
	streaming := false
	if !ok {
		path, ok = strings.CutPrefix(r.URL.EscapedPath(), "/2021-11-15/functions/")
		name, streaming = strings.CutSuffix(path, "/response-streaming-invocations")
	}
	if !ok || !isInvoke && !streaming || r.Method != http.MethodPost {
		return nil, unknown
	}
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=") || !strings.Contains(r.Header.Get("Authorization"), "/lambda/aws4_request,") {
		return nil, &ServiceError{403, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	event, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	inv := &Invocation{
		Qualifier: r.URL.Query().Get("Qualifier"), Type: r.Header.Get("X-Amz-Invocation-Type"),
		Streaming: streaming, Event: event, Headers: r.Header, Path: r.URL.EscapedPath(),
	}
	if inv.Type == "" {
		inv.Type = "RequestResponse"
	}
	decoded, err := url.PathUnescape(name)
	if err != nil {
		return nil, unknown
	}
	parts := strings.Split(decoded, ":")
	if i := len(parts) - 2; i >= 0 && (len(parts) == 2 || len(parts) == 4 || len(parts) == 8) {
		inv.Qualifier, parts = parts[i+1], parts[:i+1]
	}
	inv.Function = parts[len(parts)-1]
	switch {
	case len(event) > maxInvocationBytes:
		return nil, &ServiceError{413, "RequestTooLargeException", fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxInvocationBytes)}
	case len(event) > 0 && !json.Valid(event):
		return nil, &ServiceError{400, "InvalidRequestContentException", "Could not parse request body into json"}
	}
	return inv, nil
}

// invoke runs the function and writes its answer.
func (l *Lambda) invoke(w http.ResponseWriter, r *http.Request, inv *Invocation) error {
	l.mu.Lock()
	f, version := l.functions[inv.Function], "$LATEST"
	if f == nil {
		f = l.functions["*"]
	}
	if inv.Qualifier != "" {
		version = inv.Qualifier
	}
	if v, ok := l.aliases[inv.Function+":"+inv.Qualifier]; ok {
		version = v
	}
	l.invocations = append(l.invocations, *inv)
	l.mu.Unlock()
	if f == nil {
		return &ServiceError{404, "ResourceNotFoundException", "Function not found: " + inv.Function}
	}
	h := w.Header()
	h.Set("X-Amzn-Trace-Id", r.Header.Get("X-Amzn-Trace-Id")+";Lineage=1:0123abcd:0")
	h.Set("X-Amz-Executed-Version", version)
	switch {
	case inv.Type == "DryRun":
		h.Set("x-amzn-RequestId", l.requestID())
		w.WriteHeader(http.StatusNoContent)
		return nil
	case inv.Streaming:
		return l.stream(w, r, f, inv)
	case inv.Type == "Event":
		h.Set("x-amzn-RequestId", l.requestID())
		w.WriteHeader(http.StatusAccepted)
		_, _ = f(inv, io.Discard)
		return nil
	}
	result, err := f(inv, io.Discard)
	if errors.Is(err, ErrHang) {
		<-r.Context().Done()
		return err
	}
	if len(result) > maxInvocationBytes {
		err = &FunctionError{Type: "Function.ResponseSizeTooLarge", Message: "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}
	}
	if failure, ok := err.(*FunctionError); ok {
		h.Set("X-Amz-Function-Error", "Unhandled")
		result = failure.payload(r)
	} else if err != nil {
		return err
	}
	h.Set("x-amzn-RequestId", l.requestID())
	h.Set("Content-Type", "application/json")
	h.Set("x-amzn-Remapped-Content-Length", "0")
	if r.Header.Get("X-Amz-Log-Type") == "Tail" {
		h.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("START\nEND\n")))
	}
	_, _ = w.Write(result)
	return nil
}

// payload returns the error as the service tells it.
func (e *FunctionError) payload(r *http.Request) []byte {
	if e.Payload != nil {
		return e.Payload
	}
	text, _ := json.Marshal(struct {
		Message   string   `json:"errorMessage"`
		Type      string   `json:"errorType"`
		RequestID string   `json:"requestId"`
		Trace     []string `json:"stackTrace"`
	}{e.Message, e.Type, r.Header.Get("X-Amzn-Lambda-Integration-Tag"), []string{}})
	return text
}
