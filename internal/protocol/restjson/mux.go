// Package restjson speaks the wire protocol of the control plane: one codec for all operations.
//
// A Mux routes a request to an operation of package apigw, authenticates the caller, asks whether the
// caller may call it, decodes and checks the input as the model says, calls the function that Bind gave to the operation, and writes
// its answer or its error as the service does. What the operations do is not its business; that
// is internal/control.
//
// Work is done at two times: Bind builds the plans of the shapes by reflection (plan.go), a request
// only follows them. Start with ServeHTTP below, whose order is the service's order of evaluation;
// then route.go, request.go and decode.go for the way in, respond.go and encode.go for the way out.
package restjson

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
)

// DefaultMaxBodyBytes is the limit of a request body where Config gives none. An OpenAPI document
// may have 6 MB.
const DefaultMaxBodyBytes = 10 << 20

// Config configures a Mux.
type Config struct {
	// Authenticator says who calls; nil trusts everyone as Open{} does.
	Authenticator Authenticator
	// Permit says whether the caller may call the operation, which no part of has been done yet; nil permits
	// everything. Its error is shown to the client if it is an *apigw.Error.
	Permit func(ctx context.Context, caller Caller, call *Call) error
	// Throttle admits the requests of each caller; nil admits all.
	Throttle *Throttle
	// MaxBodyBytes limits the body of a request; 0 means DefaultMaxBodyBytes.
	MaxBodyBytes int64
	// Log receives failures and, at debug level, every request; nil is slog.Default.
	Log *slog.Logger
	// Observe, if set, is told of each request after its answer. The operation is empty where the
	// path is none of the service's.
	Observe func(operation string, status int, elapsed time.Duration)
}

// Mux serves the operations that are bound to it. Bind everything first; after that it is safe
// for concurrent use.
type Mux struct {
	config   Config
	routes   node
	planner  planner
	bindings map[string]*binding
}

// binding is an operation with what it takes to serve it.
type binding struct {
	info   *apigw.OperationInfo
	input  *plan
	output *plan // nil where the answer has no body
	newIn  func() reflect.Value
	call   func(context.Context, reflect.Value) (reflect.Value, error)
}

// NewMux returns a Mux that knows every operation of the service and implements none.
func NewMux(config Config) *Mux {
	if config.Authenticator == nil {
		config.Authenticator = Open{}
	}
	if config.MaxBodyBytes == 0 {
		config.MaxBodyBytes = DefaultMaxBodyBytes
	}
	if config.Log == nil {
		config.Log = slog.Default()
	}
	m := &Mux{config: config, planner: planner{}, bindings: map[string]*binding{}}
	for _, info := range apigw.Operations() {
		m.routes.add(info)
	}
	return m
}

// Bind makes handler serve the operation. The input that handler gets satisfies the constraints of
// the model; an error that is no *apigw.Error reaches the client as an internal failure. To bind an
// operation twice is a bug and panics.
func Bind[In, Out any](m *Mux, op apigw.Operation[In, Out], handler func(context.Context, *In) (*Out, error)) {
	if m.bindings[op.Name] != nil {
		panic(fmt.Sprintf("restjson: operation %s is bound twice", op.Name))
	}
	b := &binding{
		info:  op.OperationInfo,
		input: m.planner.structure(op.Input, reflect.TypeFor[In]()),
		newIn: func() reflect.Value { return reflect.ValueOf(new(In)) },
		call: func(ctx context.Context, in reflect.Value) (reflect.Value, error) {
			out, err := handler(ctx, in.Interface().(*In))
			return reflect.ValueOf(out), err
		},
	}
	if op.Output != nil {
		b.output = m.planner.structure(op.Output, reflect.TypeFor[Out]())
	}
	m.bindings[op.Name] = b
}

// Bound returns the names of the operations that are bound, in order.
func (m *Mux) Bound() []string {
	names := make([]string, 0, len(m.bindings))
	for name := range m.bindings {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers one request: route, caller, body, permission, input, operation, output.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	ids := newRequestIDs()
	info, labels := m.routes.match(r)
	a := m.answer(r, info, labels, ids)
	a.write(w, ids)

	operation := ""
	if info != nil {
		operation = info.Name
	}
	elapsed := time.Since(start)
	m.config.Log.LogAttrs(r.Context(), slog.LevelDebug, "control request",
		slog.String("operation", operation), slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", a.status), slog.String("request_id", ids.request), slog.Duration("elapsed", elapsed))
	if m.config.Observe != nil {
		m.config.Observe(operation, a.status, elapsed)
	}
}

// answer computes the answer to a request. A panic of the operation is answered as an internal failure.
func (m *Mux) answer(r *http.Request, info *apigw.OperationInfo, labels map[string]string, ids requestIDs) (a *answer) {
	defer func() {
		if p := recover(); p != nil {
			m.config.Log.LogAttrs(r.Context(), slog.LevelError, "control request panicked",
				slog.String("request_id", ids.request), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			a = errorAnswer(apigw.InternalFailure())
		}
	}()
	if info == nil {
		return errorAnswer(apigw.MissingAuthenticationToken("Missing Authentication Token"))
	}
	a, err := m.serve(r, info, labels)
	if err != nil {
		return m.failure(r.Context(), info, ids, err)
	}
	return a
}

// serve runs the operation of a request.
func (m *Mux) serve(r *http.Request, info *apigw.OperationInfo, labels map[string]string) (*answer, error) {
	authenticate := func(body []byte) (Caller, error) { return m.config.Authenticator.Authenticate(r, body) }
	if a, ok := m.config.Authenticator.(admitter); ok {
		var err error
		if authenticate, err = a.Admit(r); err != nil {
			return nil, err
		}
	}
	body, err := m.readBody(r)
	if err != nil {
		return nil, err
	}
	caller, err := authenticate(body)
	if err != nil {
		return nil, err
	}
	call := &Call{Operation: info, Labels: labels, Request: r, binding: m.bindings[info.Name], body: body}
	if m.config.Permit != nil {
		if err := m.config.Permit(r.Context(), caller, call); err != nil {
			return nil, err
		}
	}
	if err := m.config.Throttle.Admit(caller, info.Name); err != nil {
		return nil, err
	}
	b := call.binding
	if b == nil {
		return nil, notImplemented(info)
	}
	if err := call.decode(); err != nil {
		return nil, err
	}
	out, err := b.call(WithCaller(r.Context(), caller), call.in)
	if err != nil {
		return nil, err
	}
	return b.encode(out), nil
}

// readBody reads the whole body within the limit.
func (m *Mux) readBody(r *http.Request) ([]byte, error) {
	limit := m.config.MaxBodyBytes
	var b bytes.Buffer
	_, err := b.ReadFrom(io.LimitReader(r.Body, limit+1))
	switch {
	case err != nil:
		return nil, apigw.Serialization("The request body could not be read to its end.")
	case int64(b.Len()) > limit:
		return nil, apigw.RequestTooLarge(fmt.Sprintf("The request body exceeds the limit of %d bytes.", limit))
	}
	if coding := r.Header.Get("Content-Encoding"); b.Len() > 0 && coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, apigw.Serialization("A request body with Content-Encoding " + coding + " is not supported.")
	}
	return b.Bytes(), nil
}

// notImplemented is the error of an operation to which nothing is bound.
func notImplemented(info *apigw.OperationInfo) error {
	message := "Sluice does not implement the operation " + info.Name + "."
	if info.NotImplemented != "" {
		message += " " + strings.TrimSuffix(info.NotImplemented, ".") + "."
	}
	return apigw.NotImplemented(message)
}

// failure turns an error into an answer. What is not meant for the client is logged here, once.
func (m *Mux) failure(ctx context.Context, info *apigw.OperationInfo, ids requestIDs, err error) *answer {
	if e, ok := errors.AsType[*apigw.Error](err); ok {
		return errorAnswer(e)
	}
	if ctx.Err() != nil {
		return errorAnswer(apigw.ServiceUnavailable("The request was cancelled before it was complete.", time.Second))
	}
	m.config.Log.LogAttrs(ctx, slog.LevelError, "control request failed",
		slog.String("operation", info.Name), slog.String("request_id", ids.request), slog.Any("error", err))
	return errorAnswer(apigw.InternalFailure())
}
