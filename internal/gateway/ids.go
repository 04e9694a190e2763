// Hot path.

package gateway

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Lengths of the texts of identifiers.
const (
	requestIDLen  = 36 // a UUID
	extendedIDLen = 16 // 11 bytes in base64
	traceRootLen  = 40 // "Root=1-", 8 hexadecimal digits, "-", 24 hexadecimal digits
	traceLen      = 40 + len(";Parent=") + 16 + len(";Sampled=0")
)

// identifiers are the names of one exchange.
type identifiers struct {
	requestID  string // x-amzn-RequestId: a UUID, the client's if it sent one
	extendedID string // x-amz-apigw-id: short base64 text that ends in "="
	trace      string // "Root=...;Parent=...;Sampled=0": the client's Root if it sent one
	begun      bool   // trace is decided, and endpoints see all of it
}

// traceRoot returns the trace up to the end of Root, which is what endpoints see of a trace that
// begins here.
func (ids *identifiers) traceRoot() string { return ids.trace[:traceRootLen] }

// makeIdentifiers makes all identifiers of an exchange out of one allocation. random gives 64 random
// bits a call; seconds is the time since the epoch.
func makeIdentifiers(random func() uint64, seconds int64) identifiers {
	var bits [48]byte
	for i := 0; i < len(bits); i += 8 {
		binary.LittleEndian.PutUint64(bits[i:], random())
	}
	var buf [requestIDLen + extendedIDLen + traceLen]byte
	dst := appendUUID(buf[:0], [16]byte(bits[0:16]))
	dst = base64.StdEncoding.AppendEncode(dst, bits[16:27])
	dst = append(dst, "Root=1-"...)
	var epoch [4]byte
	binary.BigEndian.PutUint32(epoch[:], uint32(seconds))
	dst = hex.AppendEncode(dst, epoch[:])
	dst = append(dst, '-')
	dst = hex.AppendEncode(dst, bits[27:39])
	dst = append(dst, ";Parent="...)
	dst = hex.AppendEncode(dst, bits[40:48])
	dst = append(dst, ";Sampled=0"...)

	all := string(dst)
	return identifiers{
		requestID:  all[:requestIDLen],
		extendedID: all[requestIDLen : requestIDLen+extendedIDLen],
		trace:      all[requestIDLen+extendedIDLen:],
	}
}

// ownRoot returns the Root, and ownParent the Parent, of a trace that nobody has decided about yet.
func (ids *identifiers) ownRoot() string { return ids.trace[len("Root="):traceRootLen] }

func (ids *identifiers) ownParent() string {
	return ids.trace[traceRootLen+len(";Parent="):][:16]
}

// traceID returns the id of the whole trace.
func (ids *identifiers) traceID() string {
	root, _, _ := strings.Cut(ids.trace, ";")
	return strings.TrimPrefix(root, "Root=")
}

// newTrace returns what endpoints see of a trace that begins here.
func (ids *identifiers) newTrace() string {
	if ids.begun {
		return ids.trace
	}
	return ids.traceRoot()
}

// continueTrace makes the client's trace the exchange's: its Root is kept, its Parent and Sampled are
// kept when it has them. A trace without Root is replaced. It returns what endpoints see.
//
// AWS: Trace user requests to REST APIs using X-Ray. Observed: conformance/trace.txtar.
func (ids *identifiers) continueTrace(value string) string {
	if ids.begun {
		return ids.trace
	}
	given := parseTrace(value)
	if given.root == "" {
		return ids.traceRoot()
	}
	if given.parent == "" {
		given.parent = ids.ownParent()
	}
	if given.sampled == "" {
		given.sampled = "0"
	}
	ids.trace = given.String()
	return ids.trace
}

// appendUUID appends the text of a random UUID made of the bits.
func appendUUID(dst []byte, bits [16]byte) []byte {
	bits[6] = bits[6]&0x0f | 0x40
	bits[8] = bits[8]&0x3f | 0x80
	dst = hex.AppendEncode(dst, bits[0:4])
	for _, part := range [...][]byte{bits[4:6], bits[6:8], bits[8:10], bits[10:16]} {
		dst = append(dst, '-')
		dst = hex.AppendEncode(dst, part)
	}
	return dst
}

// isUUID reports whether a client's x-amzn-RequestId may become the request id.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway (request ids of clients).
func isUUID(s string) bool {
	if len(s) != requestIDLen {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}
