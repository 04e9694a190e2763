// Package remote calls the operations of a control plane that runs elsewhere, as an SDK does: over
// HTTP, signed with Signature Version 4. It has no way in that others lack, so that what uses it works
// with every server, Amazon's included.
//
// It is not a client for all operations: it has the few that the commands of this program and `sluice
// dev` need. Start with [Client]; read.go collects what is needed of an API.
package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Client calls one control plane. It is safe for concurrent use.
type Client struct {
	URL    string // of the control plane, without a slash at its end
	Region string // for which requests are signed

	// Credentials sign the requests. Without a key nothing is signed, which a server that runs with
	// --auth off accepts.
	Credentials aws.Credentials

	// HTTP sends the requests; nil is http.DefaultClient.
	HTTP *http.Client
}

// maxAnswerBytes bounds what is read of an answer. The largest are exported documents.
const maxAnswerBytes = 256 << 20

// Call calls an operation with a body that is sent as JSON, nil for none, and decodes the answer
// into answer unless that is nil. The error is an *[Error] where the server refused, and an
// *[UnreachableError] where there is none.
func (c *Client) Call(ctx context.Context, method, path string, query url.Values, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return fmt.Errorf("encode the body of %s %s: %w", method, path, err)
		}
	}
	got, err := c.Send(ctx, method, path, query, "application/json", text)
	if err != nil || answer == nil {
		return err
	}
	return decode(got, answer)
}

// decode reads an answer.
func decode(text []byte, answer any) error {
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read the answer of the control plane: %w", err)
	}
	return nil
}

// Send calls an operation with a body as it is and returns the body of the answer, which should be
// of the type accept. Errors are those of Call.
func (c *Client) Send(ctx context.Context, method, path string, query url.Values, accept string, body []byte) ([]byte, error) {
	target := c.URL + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call the control plane: %w", err)
	}
	r.Header.Set("Accept", accept)
	r.Header.Set("Content-Type", "application/json")
	if err := c.sign(ctx, r, body); err != nil {
		return nil, err
	}
	sender := c.HTTP
	if sender == nil {
		sender = http.DefaultClient
	}
	response, err := sender.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &UnreachableError{URL: c.URL, Err: err}
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the answer of the control plane: %w", err)
	case len(text) > maxAnswerBytes:
		return nil, fmt.Errorf("the answer of the control plane to %s %s has more than %d bytes", method, path, maxAnswerBytes)
	case response.StatusCode >= 300:
		return nil, newError(response, text)
	}
	return text, nil
}

// sign signs a request, if there is a key to sign it with.
func (c *Client) sign(ctx context.Context, r *http.Request, body []byte) error {
	if c.Credentials.AccessKeyID == "" {
		return nil
	}
	sum := sha256.Sum256(body)
	err := v4.NewSigner().SignHTTP(ctx, c.Credentials, r, hex.EncodeToString(sum[:]), "apigateway", c.Region, time.Now())
	if err != nil {
		return fmt.Errorf("sign a request: %w", err)
	}
	return nil
}

// Error is a refusal of the control plane.
type Error struct {
	Status  int    // of the answer
	Type    string // such as NotFoundException, empty where the answer has none
	Message string
}

// newError reads a refusal.
func newError(response *http.Response, text []byte) *Error {
	var failure struct {
		Message string `json:"message"` // also written with a capital letter
	}
	if json.Unmarshal(text, &failure) != nil || failure.Message == "" {
		failure.Message = strings.TrimSpace(string(text))
	}
	kind, _, _ := strings.Cut(response.Header.Get("X-Amzn-ErrorType"), ":")
	return &Error{Status: response.StatusCode, Type: kind, Message: failure.Message}
}

// Error returns the status and what the server says.
func (e *Error) Error() string {
	text := e.Message
	if e.Type != "" {
		text = e.Type + ": " + text
	}
	return fmt.Sprintf("the control plane answered with status %d: %s", e.Status, text)
}

// Hint says what to do about refusals that concern every request.
func (e *Error) Hint() string {
	switch e.Type {
	case "MissingAuthenticationTokenException", "UnrecognizedClientException", "InvalidSignatureException", "IncompleteSignatureException":
		return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to the access key that the first start of `sluice serve` printed; " +
			"`sluice key create` makes another one"
	case "NotImplementedException":
		return "the server is of another version than this program, or docs/operations.md lists the operation as not implemented"
	}
	return ""
}

// UnreachableError says that no control plane answers.
type UnreachableError struct {
	URL string
	Err error
}

// Error names the address and the cause.
func (e *UnreachableError) Error() string {
	cause := e.Err
	var inner *url.Error // repeats the address
	if errors.As(cause, &inner) {
		cause = inner.Err
	}
	return fmt.Sprintf("no control plane answers at %s: %v", e.URL, cause)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Hint says how to find a server.
func (e *UnreachableError) Hint() string {
	return "start one with `sluice serve`, or name its address with --control or in AWS_ENDPOINT_URL_API_GATEWAY"
}
