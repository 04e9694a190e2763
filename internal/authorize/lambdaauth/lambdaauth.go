// Package lambdaauth knows what Lambda authorizers return, and keeps it for the requests that come with the
// same identity.
//
// What is kept is the policy with its context, never a decision: each request is held against the policy with
// its own ARN. The package calls no function and reads no request; package gateway does both (authorizer.go
// there), and package lambda has the events. Start reading at [ParseResult], then [Cache.Do].
//
// AWS: Use API Gateway Lambda authorizers.
package lambdaauth

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// Key names what is kept. Keys of different parts differ.
type Key struct {
	Space string            // what is flushed together: the authorizers of a stage
	sum   [sha256.Size]byte // of the parts, so that a key has the same size however long they are
}

// NewKey returns the key of the parts within a space: the authorizer and the values of its identity sources.
// Each counts, and so does which is which.
func NewKey(space string, parts ...string) Key {
	text := make([]byte, 0, 512)
	for _, part := range parts {
		text = binary.AppendUvarint(text, uint64(len(part)))
		text = append(text, part...)
	}
	return Key{Space: space, sum: sha256.Sum256(text)}
}

// Answer is the end of one call of an authorizer's function, or what was kept of one.
type Answer struct {
	Result *Result // nil where the call failed
	Err    error   // why; nil with a Result

	Status    int           // that the Lambda service gave to the invocation, 0 without one
	RequestID string        // that the service gave, or ""
	Latency   time.Duration // of the call, 0 without one
}
