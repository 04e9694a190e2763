package mapping

// Hot path.

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// AccessLog is the format of an access log: a text in which variables of $context are replaced. It doesn't
// change and is safe for concurrent use.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway; API Gateway mapping template and access
// logging variable reference.
type AccessLog struct {
	parts []accessPart
	quote quoting
}

// Outcome is what is known of an exchange when it is over. It stands in access logs only.
type Outcome struct {
	Status          int           // of the response
	ResponseLength  int           // of its body, in bytes
	ResponseLatency time.Duration // from the arrival of the request

	// IntegrationStatus is the status that the back end gave, 0 where none was called or none answered; what
	// follows means nothing then, but for the error.
	IntegrationStatus  int
	IntegrationLatency time.Duration
	IntegrationError   string // why the call failed, or ""
	InvokeStatus       int    // that Lambda gave to the invocation, 0 where no function was called
	Streamed           bool   // the response was streamed

	EndpointType string // EDGE, REGIONAL or PRIVATE
	TraceID      string
	TLSVersion   string
	CipherSuite  string
}

// accessPart is a text, and the variable that follows it.
type accessPart struct {
	text   string
	name   string // "" at the end
	source func(dst []byte, name string, c *Context, o *Outcome) []byte
	raw    bool // the value is JSON already
}

// quoting is how values stand in a format.
type quoting uint8

const (
	quoteNothing quoting = iota // CLF, CSV and anything else: only line ends are replaced
	quoteJSON
	quoteXML
)

// contextPrefix begins a variable.
const contextPrefix = "$context."

// CompileAccessLog compiles a format. It returns the names, without $context., that stand for no variable; they are
// logged as the hyphen that stands for a missing value.
func CompileAccessLog(format string) (a *AccessLog, unknown []string) {
	format = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ").Replace(strings.TrimSpace(format))
	a = &AccessLog{}
	switch {
	case strings.HasPrefix(format, "{"), strings.HasPrefix(format, "["):
		a.quote = quoteJSON
	case strings.HasPrefix(format, "<"):
		a.quote = quoteXML
	}
	for {
		text, rest, ok := strings.Cut(format, contextPrefix)
		if !ok {
			a.parts = append(a.parts, accessPart{text: text})
			return a, unknown
		}
		part, length := accessVariable(rest)
		part.text = text
		if part.source == nil {
			unknown = append(unknown, rest[:length])
			part.name, part.source = rest[:length], missingValue
		}
		a.parts = append(a.parts, part)
		format = rest[length:]
	}
}

// accessVariable returns the variable whose name text begins with, and the length of the name. Where the whole of what
// could be a name is none, the longest beginning that is one counts: $context.status-$context.path.
func accessVariable(text string) (part accessPart, length int) {
	end := 0
	for end < len(text) && isNameChar(text[end]) {
		end++
	}
	for end > 0 && text[end-1] == '.' {
		end-- // the end of a sentence
	}
	for n := end; n > 0; n = strings.LastIndexAny(text[:n], ".-_") {
		if part := findAccessVariable(text[:n]); part.source != nil {
			return part, n
		}
	}
	return accessPart{}, end
}

// findAccessVariable returns the variable of that name; it has no source if there is none.
func findAccessVariable(name string) accessPart {
	part := accessPart{name: name, raw: name == "error.messageString"}
	path := resolveContext(name)
	if name == "integration.requestId" {
		path = resolveContext("awsEndpointRequestId")
	}
	group, key, _ := strings.Cut(name, ".")
	switch {
	case outcomeVariables[name] != nil:
		value := outcomeVariables[name]
		part.source = func(dst []byte, _ string, _ *Context, o *Outcome) []byte { return value(dst, o) }
	case unavailable[name] || group == "identity" && unavailable[group+"."+firstName(key)]:
		part.source = missingValue
	case path.variable != nil, group == "authorizer" && key != "" && key != "claims":
		part.source = func(dst []byte, _ string, c *Context, _ *Outcome) []byte {
			text, _ := path.text(c)
			return append(dst, text...)
		}
	case strings.HasPrefix(name, "requestOverride."), strings.HasPrefix(name, "responseOverride."):
		part.source = appendOverride
	}
	return part
}

func firstName(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

// unavailable are the variables of things that this program does not have: private endpoints' networks, mutual TLS, web
// ACLs, custom domains, and what authorization will tell.
var unavailable = func() map[string]bool {
	names := make(map[string]bool)
	for _, name := range strings.Fields(`identity.clientCert identity.vpcId identity.vpceId wafResponseCode webaclArn waf.error waf.latency waf.status
		authorize.error authorize.latency authorize.status authenticate.error authenticate.latency authenticate.status
		authorizer.error authorizer.latency authorizer.status authorizer.integrationLatency authorizer.integrationStatus authorizer.requestId
		customDomain.basePathMatched customDomain.routingRuleIdMatched integration.timeToAllHeaders integration.timeToFirstContent`) {
		names[name] = true
	}
	return names
}()

func missingValue(dst []byte, _ string, _ *Context, _ *Outcome) []byte { return dst }

// appendOverride appends a value that a template put into one of the maps of overrides.
func appendOverride(dst []byte, name string, c *Context, _ *Outcome) []byte {
	group, rest, _ := strings.Cut(name, ".")
	kind, key, _ := strings.Cut(rest, ".")
	var list Overrides
	switch {
	case !c.overridden():
		return dst
	case name == "responseOverride.status":
		if status := c.ResponseOverride().Status; status != 0 {
			dst = strconv.AppendInt(dst, int64(status), 10)
		}
		return dst
	case group == "responseOverride" && kind == "header":
		list = c.ResponseOverride().Header
	case kind == "header":
		list = c.RequestOverride().Header
	case kind == "path":
		list = c.RequestOverride().Path
	case kind == "querystring":
		list = c.RequestOverride().QueryString
	}
	return append(dst, strings.Join(list.Get(key), ",")...)
}

// outcomeVariables are those that are known when the exchange is over.
var outcomeVariables = map[string]func(dst []byte, o *Outcome) []byte{
	"endpointType":                     func(dst []byte, o *Outcome) []byte { return append(dst, o.EndpointType...) },
	"integration.error":                appendIntegrationError,
	"integrationErrorMessage":          appendIntegrationError,
	"integration.integrationStatus":    appendInvokeStatus,
	"integrationStatus":                appendInvokeStatus,
	"integration.latency":              appendIntegrationLatency,
	"integrationLatency":               appendIntegrationLatency,
	"integration.status":               func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.IntegrationStatus) },
	"integration.responseTransferMode": appendTransferMode,
	"responseLatency":                  func(dst []byte, o *Outcome) []byte { return appendMillis(dst, o.ResponseLatency) },
	"responseLength":                   func(dst []byte, o *Outcome) []byte { return strconv.AppendInt(dst, int64(o.ResponseLength), 10) },
	"status":                           func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.Status) },
	"tlsVersion":                       func(dst []byte, o *Outcome) []byte { return append(dst, o.TLSVersion...) },
	"cipherSuite":                      func(dst []byte, o *Outcome) []byte { return append(dst, o.CipherSuite...) },
	"xrayTraceId":                      func(dst []byte, o *Outcome) []byte { return append(dst, o.TraceID...) },
}

func appendIntegrationError(dst []byte, o *Outcome) []byte { return append(dst, o.IntegrationError...) }

func appendInvokeStatus(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.InvokeStatus) }

func appendIntegrationLatency(dst []byte, o *Outcome) []byte {
	if o.IntegrationStatus == 0 {
		return dst
	}
	return appendMillis(dst, o.IntegrationLatency)
}

func appendTransferMode(dst []byte, o *Outcome) []byte {
	switch {
	case o.IntegrationStatus == 0:
		return dst
	case o.Streamed:
		return append(dst, "STREAMED"...)
	}
	return append(dst, "BUFFERED"...)
}

func appendMillis(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, d.Milliseconds(), 10)
}

func appendPositive(dst []byte, n int) []byte {
	if n <= 0 {
		return dst
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// Append appends the line for an exchange to dst, without a line end. A value that is missing or empty is a hyphen. Values can't
// break out of their place: line ends are replaced, and characters that mean something in JSON or XML are escaped where the
// format is one of these.
//
// Observed: conformance/accesslog_formats.txtar (the hyphen); how the service escapes is not known.
func (a *AccessLog) Append(dst []byte, c *Context, o *Outcome) []byte {
	for i := range a.parts {
		p := &a.parts[i]
		dst = append(dst, p.text...)
		if p.name == "" {
			continue
		}
		start := len(dst)
		dst = p.source(dst, p.name, c, o)
		switch {
		case len(dst) == start:
			dst = append(dst, '-')
		case !p.raw:
			dst = a.quote.escape(dst, start)
		}
	}
	return dst
}

// escape escapes what was appended to dst from start on.
func (q quoting) escape(dst []byte, start int) []byte {
	clean := true
	for _, c := range dst[start:] {
		clean = clean && c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && c != '<' && c != '&' && c != '>'
	}
	if clean {
		return dst
	}
	text := string(dst[start:])
	dst = dst[:start]
	switch q {
	case quoteJSON:
		quoted := jsonvalue.AppendString(nil, text, jsonvalue.Verbatim)
		return append(dst, quoted[1:len(quoted)-1]...)
	case quoteXML:
		return append(dst, xmlEscaper.Replace(oneLine(text))...)
	}
	return append(dst, oneLine(text)...)
}

var xmlEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;")

// oneLine replaces control characters by blanks.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
