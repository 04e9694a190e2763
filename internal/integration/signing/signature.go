// Hot path.

package signing

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// The headers of a signature.
const (
	headerAuthorization = "Authorization"
	headerDate          = "X-Amz-Date"
	headerToken         = "X-Amz-Security-Token"
	headerPayload       = "X-Amz-Content-Sha256"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
)

// signingNames are the names that services are signed for, where these are not those of their hosts.
var signingNames = map[string]string{
	"bedrock-agent":         "bedrock",
	"bedrock-agent-runtime": "bedrock",
	"bedrock-runtime":       "bedrock",
	"email":                 "ses",
}

// sign gives req the headers of a signature for its service.
//
// Host, Content-Type, Content-MD5 and all X-Amz- headers are signed. S3 takes the path as it is and
// wants to know the body's hash; all other services escape the path once more before they compare, so
// that it is sent escaped in one way only.
//
// AWS: Create a signed AWS API request (IAM User Guide).
func (s *Signer) sign(req *integration.Request, region string, c integration.Credentials) {
	name := req.Service.Name
	if other := signingNames[name]; other != "" {
		name = other
	}
	timestamp := s.clock.timestamp(s.now())
	b := buffers.Get().(*buffer)
	defer buffers.Put(b)
	sum := b.sum(req.Body)
	var payload [2 * sha256.Size]byte
	hex.Encode(payload[:], sum[:])

	h := &req.Headers
	h.Del(headerAuthorization)
	h.Set(headerDate, timestamp)
	h.Del(headerToken)
	if c.SessionToken != "" {
		h.Add(headerToken, c.SessionToken)
	}
	if name == "s3" || h.Has(headerPayload) {
		h.Set(headerPayload, string(payload[:]))
	}
	if name != "s3" {
		req.URI.Path = b.escapePath(req.URI.Path)
	}
	b.appendCanonical(req, name == "s3", payload[:])
	sum = b.sum(b.text)
	b.scope = b.scope[:0]
	for _, part := range [...]string{timestamp[:8], "/", region, "/", name, "/" + terminator} {
		b.scope = append(b.scope, part...)
	}
	key := s.keys.of(keyID{c.AccessKeyID, c.SecretAccessKey, region, name}, timestamp[:8])
	text := appendInner(b.text[:0], &key)
	text = append(text, algorithm+"\n"...)
	text = append(text, timestamp...)
	text = append(text, '\n')
	text = append(text, b.scope...)
	text = append(text, '\n')
	b.text = hex.AppendEncode(text, sum[:])
	sum = b.sum(b.text)
	b.text = appendOuter(b.text[:0], &key, &sum)
	signature := b.sum(b.text)
	text = append(b.text[:0], algorithm+" Credential="...)
	text = append(text, c.AccessKeyID...)
	text = append(text, '/')
	text = append(text, b.scope...)
	text = append(text, ", SignedHeaders="...)
	text = append(text, b.names...)
	text = append(text, ", Signature="...)
	b.text = hex.AppendEncode(text, signature[:])
	h.Add(headerAuthorization, string(b.text))
}

// blockBytes is the length of the blocks of SHA-256.
const blockBytes = 64

// appendInner appends what the inner of the two hashes of an HMAC begins with, and appendOuter what the outer one, which is
// the HMAC, is made of. Package hmac would make two states for each signature; a key is never longer than a block here.
//
// RFC 2104.
func appendInner(dst []byte, key *[sha256.Size]byte) []byte {
	var block [blockBytes]byte
	pad(&block, key, 0x36)
	return append(dst, block[:]...)
}

func appendOuter(dst []byte, key, innerHash *[sha256.Size]byte) []byte {
	var block [blockBytes]byte
	pad(&block, key, 0x5c)
	return append(append(dst, block[:]...), innerHash[:]...)
}

// pad fills a block with a key, filled up with zeros, each byte changed by value.
func pad(block *[blockBytes]byte, key *[sha256.Size]byte, value byte) {
	for i := range block {
		block[i] = value
	}
	for i, c := range key {
		block[i] ^= c
	}
}

// clock is the timestamp of the current second. It is safe for concurrent use.
type clock struct{ current atomic.Pointer[second] }

// second is a second with its timestamp.
type second struct {
	unix int64
	text string
}

// timestamp returns a time as signatures name it.
func (c *clock) timestamp(now time.Time) string {
	current := c.current.Load()
	if unix := now.Unix(); current == nil || current.unix != unix {
		current = &second{unix, now.UTC().Format("20060102T150405Z")}
		c.current.Store(current)
	}
	return current.text
}

// buffers keeps memory for canonical requests.
var buffers = sync.Pool{New: func() any { return &buffer{hash: sha256.New()} }}

// buffer is the memory of one signature.
type buffer struct {
	text   []byte
	scope  []byte
	names  []byte // of the signed headers
	fields []header.Field
	pairs  []string

	hash   hash.Hash // of SHA-256
	hashed [sha256.Size]byte
}

// sum returns the hash of text. Unlike sha256.Sum256 it makes no state for that.
func (b *buffer) sum(text []byte) [sha256.Size]byte {
	b.hash.Reset()
	b.hash.Write(text)
	b.hash.Sum(b.hashed[:0])
	return b.hashed
}

// appendCanonical makes b.text the canonical form of a request, and b.names the names of the signed headers.
func (b *buffer) appendCanonical(req *integration.Request, plain bool, payload []byte) {
	b.names = b.names[:0]
	dst := append(b.text[:0], req.Method...)
	dst = append(dst, '\n')
	if plain {
		dst = appendPath(dst, unescape(req.URI.Path, false))
	} else {
		dst = appendEscaped(dst, req.URI.Path, true)
	}
	dst = append(dst, '\n')
	dst = b.appendQuery(dst, req.URI.Query)
	dst = append(dst, '\n')
	b.collect(req)
	for i, f := range b.fields {
		if i > 0 && f.Name == b.fields[i-1].Name {
			dst[len(dst)-1] = ','
			dst = append(dst, f.Value...)
			dst = append(dst, '\n')
			continue
		}
		if i > 0 {
			b.names = append(b.names, ';')
		}
		b.names = append(b.names, f.Name...)
		dst = append(dst, f.Name...)
		dst = append(dst, ':')
		dst = append(dst, f.Value...)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	dst = append(dst, b.names...)
	dst = append(dst, '\n')
	b.text = append(dst, payload...)
}

// collect makes b.fields the headers to sign, by name.
func (b *buffer) collect(req *integration.Request) {
	b.fields = b.fields[:0]
	host := req.URI.Host
	for _, f := range req.Headers {
		switch name := signedName(f.Name); name {
		case "":
		case "host":
			host = f.Value
		default:
			b.fields = append(b.fields, header.Field{Name: name, Value: collapse(f.Value)})
		}
	}
	b.fields = append(b.fields, header.Field{Name: "host", Value: host})
	slices.SortStableFunc(b.fields, func(x, y header.Field) int { return strings.Compare(x.Name, y.Name) })
}

// usualNames are the signed headers that most requests have, in lower case.
var usualNames = [...]string{"host", "content-type", "content-md5", "x-amz-date", "x-amz-security-token", "x-amz-target", "x-amz-content-sha256", "x-amz-invocation-type"}

// signedName returns the name of a header in lower case if it is signed, else "".
func signedName(name string) string {
	for _, usual := range usualNames {
		if header.EqualName(name, usual) {
			return usual
		}
	}
	const prefix = "x-amz-"
	if len(name) > len(prefix) && header.EqualName(name[:len(prefix)], prefix) {
		return strings.ToLower(name)
	}
	return ""
}

// collapse makes one blank of several.
func collapse(value string) string {
	if !strings.Contains(value, "  ") && !strings.Contains(value, "\t") {
		return strings.TrimSpace(value)
	}
	return strings.Join(strings.Fields(value), " ")
}

// appendQuery appends the parameters of a query string, each escaped in one way only, in order.
func (b *buffer) appendQuery(dst []byte, query string) []byte {
	b.pairs = b.pairs[:0]
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		text := appendEscaped(nil, unescape(name, true), false)
		text = append(text, '=')
		b.pairs = append(b.pairs, string(appendEscaped(text, unescape(value, true), false)))
	}
	slices.SortFunc(b.pairs, comparePairs)
	for i, pair := range b.pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = append(dst, pair...)
	}
	return dst
}

// comparePairs compares two parameters by name, then by value.
func comparePairs(x, y string) int {
	xName, xValue, _ := strings.Cut(x, "=")
	yName, yValue, _ := strings.Cut(y, "=")
	if c := strings.Compare(xName, yName); c != 0 {
		return c
	}
	return strings.Compare(xValue, yValue)
}

// escapePath percent-encodes what must not stand in a path and keeps what is encoded already.
func (b *buffer) escapePath(path string) string {
	b.text = appendPath(b.text[:0], path)
	if string(b.text) == path {
		return path
	}
	return string(b.text)
}

// appendPath appends the path that escapePath returns.
func appendPath(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		if isEscape(path, i) {
			dst = append(dst, path[i:i+3]...)
			i += 2
			continue
		}
		dst = appendEscaped(dst, path[i:i+1], true)
	}
	return dst
}

// appendEscaped appends text with every byte percent-encoded that is not unreserved, slashes excepted if
// they may stand.
func appendEscaped(dst []byte, text string, slash bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(text); i++ {
		c := text[i]
		if isUnreserved(c) || slash && c == '/' {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', digits[c>>4], digits[c&15])
	}
	return dst
}

// unescape decodes percent-encoding once; in a query "+" is a blank.
func unescape(text string, query bool) string {
	if strings.IndexByte(text, '%') < 0 && !(query && strings.IndexByte(text, '+') >= 0) {
		return text
	}
	dst := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case isEscape(text, i):
			decoded, _ := hex.DecodeString(text[i+1 : i+3]) // isEscape has looked at the digits
			dst = append(dst, decoded...)
			i += 2
		case query && text[i] == '+':
			dst = append(dst, ' ')
		default:
			dst = append(dst, text[i])
		}
	}
	return string(dst)
}

// isEscape reports whether a percent-encoded byte stands at i.
func isEscape(text string, i int) bool {
	return text[i] == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2])
}

// isHex reports whether a byte is a hexadecimal digit.
func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// isUnreserved reports whether a byte is unreserved in the sense of RFC 3986.
func isUnreserved(c byte) bool { return unreserved[c] }

// unreserved says which bytes are.
var unreserved = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", byte(c)) >= 0
	}
	return table
}()

// keyID says what a signing key is for, besides its day.
type keyID struct {
	accessKeyID, secretAccessKey string
	region, service              string
}

// maxKeys is how many signing keys are kept.
const maxKeys = 1024

// keys keeps the signing keys of one day, so that a signature costs one HMAC instead of five.
type keys struct {
	mu   sync.RWMutex
	day  string
	kept map[keyID][sha256.Size]byte
}

// of returns the signing key of a day.
func (k *keys) of(id keyID, day string) [sha256.Size]byte {
	k.mu.RLock()
	key, ok := k.kept[id]
	ok = ok && k.day == day
	k.mu.RUnlock()
	if ok {
		return key
	}
	sum := mac([]byte("AWS4"+id.secretAccessKey), []byte(day))
	for _, part := range [...]string{id.region, id.service, terminator} {
		sum = mac(sum, []byte(part))
	}
	key = [sha256.Size]byte(sum)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.day != day || len(k.kept) >= maxKeys {
		k.day, k.kept = day, make(map[keyID][sha256.Size]byte)
	}
	k.kept[id] = key
	return key
}

// mac returns the HMAC of text.
func mac(key, text []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	return h.Sum(nil)
}

var _ integration.Signer = (*Signer)(nil)
