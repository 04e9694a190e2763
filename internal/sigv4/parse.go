package sigv4

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeLayout = "20060102T150405Z"
	dateLayout = "20060102"
)

// signature is a signature as it was sent.
type signature struct {
	presigned     bool
	accessKeyID   string
	scopeDate     string
	region        string
	service       string
	terminator    string
	signedHeaders []string // lower case, in the order given
	value         string   // hexadecimal
	time          time.Time
	expires       time.Duration // of a presigned request; 0 where it does not say
	sessionToken  string
	query         url.Values // of a presigned request
}

// signs reports whether a header, in lower case, is covered.
func (s *signature) signs(header string) bool {
	return slices.Contains(s.signedHeaders, header)
}

// scope returns the credential scope as it is signed.
func (s *signature) scope() string {
	return s.scopeDate + "/" + s.region + "/" + s.service + "/" + s.terminator
}

// parse reads the signature of a request, from the Authorization header or else from the query.
func parse(r *Request) (*signature, error) {
	if authorization := r.Header.Values("Authorization"); len(authorization) > 0 {
		return parseHeader(r, strings.Join(authorization, ","))
	}
	if strings.Contains(r.RawQuery, "X-Amz-") {
		query, err := url.ParseQuery(r.RawQuery)
		if err == nil && (query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature")) {
			return parseQuery(query)
		}
	}
	return nil, errMissingToken
}

// parseHeader reads the header form: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...
func parseHeader(r *Request, authorization string) (*signature, error) {
	name, rest, _ := strings.Cut(authorization, " ")
	if name != algorithm {
		rest = authorization
	}
	fields := map[string]string{}
	for pair := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return nil, incompleteSignature("Invalid key=value pair (missing equal-sign) in Authorization header "+
				"(hashed with SHA-256 and encoded with Base64): '%s'.", hashed(authorization))
		}
		fields[key] = value
	}
	date := slices.Concat(r.Header.Values("X-Amz-Date"), r.Header.Values("Date"))
	var missing []string
	for _, key := range []string{"Credential", "Signature", "SignedHeaders"} {
		if fields[key] == "" {
			missing = append(missing, "Authorization header requires '"+key+"' parameter.")
		}
	}
	if len(date) == 0 {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if len(missing) > 0 || name != algorithm {
		missing = append(missing, "(Hashed with SHA-256 and encoded with Base64) Authorization="+hashed(authorization))
		return nil, incompleteSignature("%s", strings.Join(missing, " "))
	}
	sig := &signature{value: fields["Signature"]}
	if tokens := r.Header.Values("X-Amz-Security-Token"); len(tokens) > 0 {
		sig.sessionToken = tokens[0]
	}
	return sig, sig.complete(fields["Credential"], fields["SignedHeaders"], date[0])
}

// parseQuery reads the query form of a presigned request.
func parseQuery(query url.Values) (*signature, error) {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"} {
		if len(query[name]) != 1 || query.Get(name) == "" {
			return nil, incompleteSignature("AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', " +
				"'X-Amz-Signature', 'X-Amz-SignedHeaders' and 'X-Amz-Date', each once. Re-examine the query-string parameters.")
		}
	}
	if a := query.Get("X-Amz-Algorithm"); a != algorithm {
		return nil, incompleteSignature("Unsupported AWS 'algorithm': '%s'.", a)
	}
	sig := &signature{
		presigned: true, value: query.Get("X-Amz-Signature"), sessionToken: query.Get("X-Amz-Security-Token"), query: query,
	}
	if query.Has("X-Amz-Expires") {
		seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
		if err != nil || seconds < 1 || seconds > int(maxExpires/time.Second) {
			return nil, incompleteSignature("X-Amz-Expires must be a number of seconds from 1 to %d.", int(maxExpires/time.Second))
		}
		sig.expires = time.Duration(seconds) * time.Second
	}
	return sig, sig.complete(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Date"))
}

// complete fills in what both forms have in common.
func (s *signature) complete(credential, signedHeaders, date string) error {
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[0] == "" {
		return incompleteSignature("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'.", credential)
	}
	s.accessKeyID, s.scopeDate, s.region, s.service, s.terminator = parts[0], parts[1], parts[2], parts[3], parts[4]
	s.signedHeaders = strings.Split(signedHeaders, ";")
	if !slices.IsSorted(s.signedHeaders) || strings.ToLower(signedHeaders) != signedHeaders {
		return incompleteSignature("SignedHeaders must be in lower case and sorted, got '%s'.", signedHeaders)
	}
	var err error
	if s.time, err = time.Parse(timeLayout, date); err != nil {
		if s.time, err = http.ParseTime(date); err != nil {
			return incompleteSignature("Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
		}
	}
	return nil
}

// hashed is how the service quotes an Authorization header: it may hold a secret.
func hashed(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
