package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
)

// unsignedPayload in x-amz-content-sha256 says that the signature does not cover the body.
const unsignedPayload = "UNSIGNED-PAYLOAD"

// canonicalRequest returns the text of the request that is signed.
func canonicalRequest(r *Request, sig *signature, path, payloadHash string) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n" + path + "\n" + canonicalQuery(r, sig) + "\n")
	for _, name := range sig.signedHeaders {
		b.WriteString(name + ":")
		for i, value := range r.values(name) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strings.Join(strings.FieldsFunc(value, func(c rune) bool { return c == ' ' }), " "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n" + strings.Join(sig.signedHeaders, ";") + "\n" + payloadHash)
	return b.String()
}

// canonicalPaths returns the forms in which the path may have been signed: as it was sent, and normalised.
// Both are escaped once more, as for every service but S3.
func canonicalPaths(path string) []string {
	if path == "" {
		path = "/"
	}
	sent, normal := escape(path, true), escape(normalise(path), true)
	if sent == normal {
		return []string{sent}
	}
	return []string{sent, normal}
}

// normalise removes empty and relative segments of a path.
func normalise(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	normal := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") && normal != "/" {
		normal += "/"
	}
	return normal
}

// canonicalQuery returns the query, each part decoded and escaped anew, sorted by name and value.
func canonicalQuery(r *Request, sig *signature) string {
	if r.RawQuery == "" {
		return ""
	}
	type pair struct{ name, value string }
	var pairs []pair
	for part := range strings.SplitSeq(r.RawQuery, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		p := pair{reescape(name), reescape(value)}
		if sig.presigned && p.name == "X-Amz-Signature" {
			continue
		}
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(x, y pair) int {
		if c := strings.Compare(x.name, y.name); c != 0 {
			return c
		}
		return strings.Compare(x.value, y.value)
	})
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = p.name + "=" + p.value
	}
	return strings.Join(texts, "&")
}

// reescape brings a part of the query into canonical form. Text that cannot be decoded is taken as it is.
func reescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		text = plain
	}
	return escape(text, false)
}

// escape percent-encodes every byte but the unreserved ones, and the slash if it is to be kept.
func escape(text string, keepSlash bool) string {
	const digits = "0123456789ABCDEF"
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~', c == '/' && keepSlash:
			b = append(b, c)
		default:
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(b)
}

// payloadHash returns the hash of the body as it is signed. It reports false where the request names
// a hash that is not the body's.
func payloadHash(r *Request, sig *signature) (string, bool) {
	sum := sha256.Sum256(r.Body)
	actual := hex.EncodeToString(sum[:])
	named := r.Header.Values("X-Amz-Content-Sha256")
	if len(named) == 0 {
		named = sig.query["X-Amz-Content-Sha256"]
	}
	switch {
	case len(named) == 0:
		return actual, true
	case len(named) == 1 && (named[0] == unsignedPayload || named[0] == actual):
		return named[0], true
	}
	return "", false
}

// stringToSign returns the text whose authentication code is the signature.
func stringToSign(sig *signature, canonical string) string {
	sum := sha256.Sum256([]byte(canonical))
	return algorithm + "\n" + sig.time.Format(timeLayout) + "\n" + sig.scope() + "\n" + hex.EncodeToString(sum[:])
}

// signingKey derives the key of the day, region and service from the secret.
func signingKey(secret string, sig *signature) []byte {
	key := mac([]byte("AWS4"+secret), sig.scopeDate)
	for _, part := range []string{sig.region, sig.service, sig.terminator} {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
