package lambdaauth

import (
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// maxResourceChars is how long an ARN in a result's policy may be.
//
// AWS: Quotas for configuring and running a REST API (authorizer result).
const maxResourceChars = 512

// Result is what an authorizer's function returned. It is immutable.
type Result struct {
	PrincipalID string
	Policies    []*policy.Policy // the one that was returned
	PolicyText  string           // the policy document, as it was returned

	// UsageIdentifierKey is the value of the API key to count the request with, or "".
	UsageIdentifierKey string

	context []entry
	cached  jsonvalue.Value // Authorizer of a result that was cached
}

// entry is a value of the result's context, as text.
type entry struct{ name, text string }

// Error is a result that is none.
type Error struct {
	Reason string // as the execution log has it
	Detail string // what exactly is wrong, or ""
}

// Error describes the error for logs.
func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Detail
}

// The reasons for which a result is none.
//
// Observed: lines of execution logs; conformance/authorizer_failures.txtar, conformance/authorizer_log.txtar.
const (
	reasonJSON   = "Invalid JSON in response: "
	reasonPolicy = "Could not parse policy"
)

// UnknownMember returns the Error for a result that has a member which results don't have.
//
// Observed: conformance/authorizer_failures.txtar, conformance/authorizer_log.txtar.
func UnknownMember(name string) *Error {
	return &Error{Reason: reasonJSON + "Unrecognized field " + strconv.Quote(name) + " , not marked as ignorable"}
}

// ParseResult reads what a function returned. The error is an *Error.
//
// AWS: Output from an API Gateway Lambda authorizer.
func ParseResult(text []byte) (*Result, error) {
	doc, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, &Error{Reason: reasonJSON + err.Error()}
	}
	if doc.Kind() != jsonvalue.Object {
		return nil, &Error{Reason: reasonJSON + "not an object"}
	}
	r := &Result{}
	for name, v := range doc.Members() {
		var wrong *Error
		switch name {
		case "principalId":
			r.PrincipalID, wrong = scalar(name, v)
		case "policyDocument":
			wrong = r.setPolicy(v)
		case "context":
			wrong = r.setContext(v)
		case "usageIdentifierKey":
			r.UsageIdentifierKey, wrong = scalar(name, v)
		default:
			wrong = UnknownMember(name)
		}
		if wrong != nil {
			return nil, wrong
		}
	}
	switch principal := doc.Get("principalId"); {
	case !principal.Exists(), principal.IsNull():
		return nil, &Error{Reason: reasonJSON + "principalId is missing"}
	case len(r.Policies) == 0:
		return nil, &Error{Reason: reasonPolicy, Detail: "policyDocument is missing"}
	}
	r.cached = r.Authorizer(0)
	return r, nil
}

// scalar returns a member that is text, or a number or boolean as text; null is "".
func scalar(name string, v jsonvalue.Value) (string, *Error) {
	switch v.Kind() {
	case jsonvalue.String:
		return v.Text(), nil
	case jsonvalue.Number, jsonvalue.True, jsonvalue.False:
		return v.String(), nil
	case jsonvalue.Null:
		return "", nil
	}
	return "", &Error{Reason: reasonJSON + name + " is not a string"}
}

// setPolicy reads policyDocument.
func (r *Result) setPolicy(v jsonvalue.Value) *Error {
	if v.IsNull() {
		return nil
	}
	parsed, err := policy.ParseValue(v, policy.Identity)
	if err != nil {
		return &Error{Reason: reasonPolicy, Detail: err.Error()}
	}
	if long := longResource(v.Get("Statement")); long != "" {
		return &Error{Reason: reasonPolicy, Detail: "a resource is longer than " + strconv.Itoa(maxResourceChars) + " characters: " + long[:maxResourceChars]}
	}
	r.Policies, r.PolicyText = []*policy.Policy{parsed}, v.String()
	return nil
}

// longResource returns a resource of a policy's statements that is too long, or "".
func longResource(statements jsonvalue.Value) string {
	if statements.Kind() == jsonvalue.Object {
		return longText(statements)
	}
	for _, s := range statements.Elements() {
		if long := longText(s); long != "" {
			return long
		}
	}
	return ""
}

// longText returns a resource of a statement that is too long, or "".
func longText(statement jsonvalue.Value) string {
	for _, element := range [...]string{"Resource", "NotResource"} {
		v := statement.Get(element)
		if len(v.Text()) > maxResourceChars {
			return v.Text()
		}
		for _, e := range v.Elements() {
			if len(e.Text()) > maxResourceChars {
				return e.Text()
			}
		}
	}
	return ""
}

// setContext reads context: text, numbers and booleans, all of which are texts from here on.
//
// AWS: Output from an API Gateway Lambda authorizer (context).
func (r *Result) setContext(v jsonvalue.Value) *Error {
	if v.IsNull() {
		return nil
	}
	if v.Kind() != jsonvalue.Object {
		return &Error{Reason: reasonJSON + "context is not an object"}
	}
	for name, value := range v.Members() {
		if value.IsNull() {
			continue
		}
		text, wrong := scalar("context."+name, value)
		if wrong != nil {
			return wrong
		}
		r.context = append(r.context, entry{name, text})
	}
	return nil
}

// Authorizer returns $context.authorizer: the context as texts, the principal, and how long the call took.
//
// Observed: conformance/authorizer_context.txtar.
func (r *Result) Authorizer(latency time.Duration) jsonvalue.Value {
	if latency == 0 && r.cached.Exists() {
		return r.cached
	}
	var b jsonvalue.Builder
	b.BeginObject()
	b.Key("principalId")
	b.Str(r.PrincipalID)
	for _, e := range r.context {
		if e.name != "principalId" && e.name != "integrationLatency" {
			b.Key(e.name)
			b.Str(e.text)
		}
	}
	b.Key("integrationLatency")
	b.Int(latency.Milliseconds())
	b.End()
	return b.Finish()
}

// Context goes through the result's context, as texts, in its order.
func (r *Result) Context(yield func(name, text string) bool) {
	for _, e := range r.context {
		if !yield(e.name, e.text) {
			return
		}
	}
}

// size returns about how many bytes of memory the result takes.
func (r *Result) size() int {
	const overhead = 512 // the structures, and what a cache has for each of its entries
	size := overhead + len(r.PrincipalID) + 4*len(r.PolicyText) + len(r.UsageIdentifierKey)
	for _, e := range r.context {
		size += 64 + 2*(len(e.name)+len(e.text)) // once here, once in what is cached
	}
	return size
}
