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

	Admission Admission

	// IntegrationStatus is the status that the back end gave, 0 where none was called or none answered. The
	// latency is 0 where none was called.
	IntegrationStatus  int
	IntegrationLatency time.Duration
	IntegrationError   string // why the call failed, or its answer was no good, or ""
	InvokeStatus       int    // that Lambda gave to the invocation, 0 where no function was called

	// What follows means something for responses that were streamed: the time from the beginning of the call to the
	// last header, and to the first byte of the body, which is 0 where there was none.
	Streamed           bool
	TimeToAllHeaders   time.Duration
	TimeToFirstContent time.Duration

	EndpointType string // EDGE, REGIONAL or PRIVATE
	TraceID      string // "1-65a1b2c3-0123456789abcdef01234567"
	TLSVersion   string // such as "TLSv1.3", "" without TLS
	CipherSuite  string
}

// Admission is what became of the steps in which a request was admitted, and of its way to the API. It stands in access
// logs only.
//
// AWS: Variables for access logging for API Gateway.
type Admission struct {
	Authenticate Step // finding out who calls, by a signature
	Authorize    Step // what policies say of the caller
	Authorizer   Step // a Lambda or Cognito authorizer, whose result may have been cached

	// What follows is of the call of a Lambda authorizer's function; the status is 0 where none was called.
	AuthorizerIntegrationStatus  int
	AuthorizerIntegrationLatency time.Duration
	AuthorizerRequestID          string // that Lambda gave to the call

	BasePathMatched      string // the base path of the custom domain name's mapping, "" where there is none
	RoutingRuleIDMatched string // the id of the custom domain name's rule
}

// Step is what became of one step. The zero Step was not taken.
type Step struct {
	Status  int    // as an HTTP status: 200 where the step let the request pass
	Error   string // why it did not, or ""
	Latency time.Duration
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
	end := nameLength(text)
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
	case unavailable[name]:
		part.source = missingValue
	case path.variable != nil, certificateVariables[name], group == "authorizer" && key != "" && key != "claims":
		part.source = func(dst []byte, _ string, c *Context, _ *Outcome) []byte {
			text, _ := path.text(c)
			return append(dst, text...)
		}
	case strings.HasPrefix(name, "requestOverride."), strings.HasPrefix(name, "responseOverride."):
		part.source = appendOverride
	}
	return part
}

// certificateVariables are those of a client's certificate. The object as a whole does not print.
var certificateVariables = namesOf(`identity.clientCert.clientCertPem identity.clientCert.subjectDN identity.clientCert.issuerDN
	identity.clientCert.serialNumber identity.clientCert.validity.notBefore identity.clientCert.validity.notAfter`)

// unavailable are the variables of what this program does not have: web ACLs, which no operation can give to a stage.
var unavailable = namesOf("wafResponseCode webaclArn waf.error waf.latency waf.status")

// namesOf returns the set of the names in a text.
func namesOf(text string) map[string]bool {
	names := make(map[string]bool)
	for _, name := range strings.Fields(text) {
		names[name] = true
	}
	return names
}

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
	"authenticate.error":            func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.Authenticate.Error...) },
	"authenticate.latency":          func(dst []byte, o *Outcome) []byte { return o.Admission.Authenticate.appendLatency(dst) },
	"authenticate.status":           func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.Admission.Authenticate.Status) },
	"authorize.error":               func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.Authorize.Error...) },
	"authorize.latency":             func(dst []byte, o *Outcome) []byte { return o.Admission.Authorize.appendLatency(dst) },
	"authorize.status":              func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.Admission.Authorize.Status) },
	"authorizer.error":              func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.Authorizer.Error...) },
	"authorizer.integrationLatency": appendAuthorizerIntegrationLatency,
	"authorizer.integrationStatus": func(dst []byte, o *Outcome) []byte {
		return appendPositive(dst, o.Admission.AuthorizerIntegrationStatus)
	},
	"authorizer.latency":                func(dst []byte, o *Outcome) []byte { return o.Admission.Authorizer.appendLatency(dst) },
	"authorizer.requestId":              func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.AuthorizerRequestID...) },
	"authorizer.status":                 func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.Admission.Authorizer.Status) },
	"cipherSuite":                       func(dst []byte, o *Outcome) []byte { return append(dst, o.CipherSuite...) },
	"customDomain.basePathMatched":      func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.BasePathMatched...) },
	"customDomain.routingRuleIdMatched": func(dst []byte, o *Outcome) []byte { return append(dst, o.Admission.RoutingRuleIDMatched...) },
	"endpointType":                      func(dst []byte, o *Outcome) []byte { return append(dst, o.EndpointType...) },
	"integration.error":                 appendIntegrationError,
	"integrationErrorMessage":           appendIntegrationError,
	"integration.integrationStatus":     appendInvokeStatus,
	"integrationStatus":                 appendInvokeStatus,
	"integration.latency":               appendIntegrationLatency,
	"integrationLatency":                appendIntegrationLatency,
	"integration.responseTransferMode":  appendTransferMode,
	"integration.status":                func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.IntegrationStatus) },
	"integration.timeToAllHeaders":      func(dst []byte, o *Outcome) []byte { return o.appendStreamed(dst, o.TimeToAllHeaders) },
	"integration.timeToFirstContent":    func(dst []byte, o *Outcome) []byte { return o.appendStreamed(dst, o.TimeToFirstContent) },
	"responseLatency":                   func(dst []byte, o *Outcome) []byte { return appendMillis(dst, o.ResponseLatency) },
	"responseLength":                    func(dst []byte, o *Outcome) []byte { return strconv.AppendInt(dst, int64(o.ResponseLength), 10) },
	"status":                            func(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.Status) },
	"tlsVersion":                        func(dst []byte, o *Outcome) []byte { return append(dst, o.TLSVersion...) },
	"xrayTraceId":                       func(dst []byte, o *Outcome) []byte { return append(dst, o.TraceID...) },
}

// appendLatency appends how long a step took that was taken.
func (s *Step) appendLatency(dst []byte) []byte {
	if s.Status == 0 {
		return dst
	}
	return appendMillis(dst, s.Latency)
}

func appendAuthorizerIntegrationLatency(dst []byte, o *Outcome) []byte {
	if o.Admission.AuthorizerIntegrationStatus == 0 {
		return dst
	}
	return appendMillis(dst, o.Admission.AuthorizerIntegrationLatency)
}

// appendStreamed appends a time of a response that was streamed, if it is known.
func (o *Outcome) appendStreamed(dst []byte, d time.Duration) []byte {
	if !o.Streamed || d == 0 {
		return dst
	}
	return appendMillis(dst, d)
}

func appendIntegrationError(dst []byte, o *Outcome) []byte { return append(dst, o.IntegrationError...) }

func appendInvokeStatus(dst []byte, o *Outcome) []byte { return appendPositive(dst, o.InvokeStatus) }

func appendIntegrationLatency(dst []byte, o *Outcome) []byte {
	if o.IntegrationStatus == 0 && o.IntegrationLatency == 0 {
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
