package plan

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
)

// DefaultMediaType is the media type of a message that does not name one.
const DefaultMediaType = "application/json"

// MediaType returns type and subtype of a Content-Type value without its parameters, in the case in
// which they are written; DefaultMediaType when there are none.
//
// AWS: Integration passthrough behaviors.
func MediaType(contentType string) string {
	if i := strings.IndexByte(contentType, ';'); i >= 0 {
		contentType = contentType[:i]
	}
	contentType = strings.TrimSpace(contentType)
	if contentType == "" {
		return DefaultMediaType
	}
	return contentType
}

// FirstAccepted returns the first media type of an Accept value, without parameters.
//
// AWS: Content type conversions in API Gateway (only the first media type counts).
func FirstAccepted(accept string) string {
	if i := strings.IndexByte(accept, ','); i >= 0 {
		accept = accept[:i]
	}
	return MediaType(accept)
}

// BinaryTypes are the media types whose bodies are binary.
//
// AWS: Working with binary media types for REST APIs. Observed: conformance/binary_accept.txtar.
type BinaryTypes struct {
	any      bool     // "*/*"
	exact    []string // "image/png"
	prefixes []string // "application/" for "application/*"
}

// NewBinaryTypes returns the set of an API's binaryMediaTypes. A wildcard type ("*/png") never
// matches, as on the service.
func NewBinaryTypes(list []string) BinaryTypes {
	var b BinaryTypes
	for _, entry := range list {
		switch {
		case entry == "*/*":
			b.any = true
		case strings.HasSuffix(entry, "/*"):
			b.prefixes = append(b.prefixes, strings.TrimSuffix(entry, "*"))
		case strings.HasPrefix(entry, "*/"):
		default:
			b.exact = append(b.exact, entry)
		}
	}
	return b
}

// Empty reports whether no media type is binary.
func (b *BinaryTypes) Empty() bool {
	return !b.any && len(b.exact) == 0 && len(b.prefixes) == 0
}

// Contains reports whether bodies of the media type are binary. Case does not matter; a wildcard in
// the media type is not expanded.
func (b *BinaryTypes) Contains(mediaType string) bool {
	if b.any {
		return true
	}
	for _, entry := range b.exact {
		if header.EqualName(entry, mediaType) {
			return true
		}
	}
	for _, prefix := range b.prefixes {
		if len(mediaType) > len(prefix) && header.EqualName(prefix, mediaType[:len(prefix)]) {
			return true
		}
	}
	return false
}
