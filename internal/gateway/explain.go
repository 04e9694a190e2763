package gateway

import (
	"strings"
	"time"
)

// Explanation tells the operator why a request was refused, or answered with an error. It has nothing that
// proves who somebody is: no headers, no query, no body, and of keys their last characters at most.
type Explanation struct {
	RequestID         string    `json:"requestId"`
	ExtendedRequestID string    `json:"extendedRequestId"`
	Time              time.Time `json:"time"` // of its arrival

	Host string `json:"host"` // as the client sent it
	Verb string `json:"verb"`
	Path string `json:"path"` // without the query

	// What the request reached, "" where it did not come that far.
	AccountID    string `json:"accountId,omitzero"`
	Region       string `json:"region,omitzero"`
	APIID        string `json:"apiId,omitzero"`
	Stage        string `json:"stage,omitzero"`
	MethodVerb   string `json:"methodVerb,omitzero"` // as configured: ANY, too
	ResourcePath string `json:"resourcePath,omitzero"`
	Caller       string `json:"caller,omitzero"` // the ARN of who signed it, or what an authorizer called the caller

	Status       int    `json:"status"`
	ResponseType string `json:"responseType,omitzero"` // of gateway response
	ErrorType    string `json:"errorType,omitzero"`    // x-amzn-ErrorType
	Message      string `json:"message,omitzero"`      // what the client was told

	Phase string `json:"phase"` // in which it failed

	// Reasons say why, from the rule that decided to what the execution log says.
	Reasons []string `json:"reasons,omitzero"`
}

// maxExplained is the longest text in an explanation, in bytes.
const maxExplained = 2048

// phase is a part of the pipeline.
type phase uint8

// The phases, in their order.
const (
	phaseMessage phase = iota
	phaseAddress
	phaseMethod
	phaseResourcePolicy
	phaseAuthorization
	phasePolicies
	phaseUsage
	phaseValidation
	phaseCache
	phaseIntegrationRequest
	phaseIntegration
	phaseIntegrationResponse
	phaseResponse
)

// String returns the phase as operators read it.
func (p phase) String() string {
	return [...]string{
		"message", "address", "method", "resource policy", "authorization", "policies of caller and resource", "API key and limits",
		"request validation", "response cache", "integration request", "integration", "integration response", "response",
	}[p]
}

// explainTo tells somebody why the exchange failed, if it did.
func (x *Exchange) explainTo(tell func(*Explanation), f *fault) {
	if tell == nil || f == nil && x.Response.Status < 500 {
		return
	}
	path, _, _ := strings.Cut(x.Request.Target, "?")
	e := &Explanation{
		RequestID: strings.Clone(x.ids.requestID), ExtendedRequestID: x.ids.extendedID, Time: x.Request.Received,
		Host: explained(x.Request.Host), Verb: explained(x.Request.Method), Path: explained(path), Caller: explained(x.caller.Principal.ARN),
		Status: x.Response.Status, Phase: x.phase.String(),
	}
	if e.Caller == "" {
		e.Caller = explained(x.caller.PrincipalID)
	}
	if x.stage != nil {
		p := x.stage.Plan
		e.AccountID, e.Region, e.APIID, e.Stage = p.AccountID, p.Region, p.APIID, x.stage.Name
	}
	if x.method != nil {
		e.MethodVerb, e.ResourcePath = x.method.Verb, x.method.ResourcePath
	}
	e.addFault(f)
	if x.callFailure != "" {
		e.add("The call of the back end: " + x.callFailure)
	}
	if f == nil && x.called {
		e.add("The back end answered, and the integration response gave the status")
	}
	tell(e)
}

// addFault adds what is known of a fault.
func (e *Explanation) addFault(f *fault) {
	if f == nil {
		return
	}
	e.ResponseType, e.ErrorType, e.Message = string(f.responseType), f.errorType, explained(f.message)
	e.add(f.reason)
	e.add(f.line)
	if f.cause != "" {
		e.add("Execution failed due to " + f.cause)
	}
	if f.validation != "" {
		e.add("The request validator: " + f.validation)
	}
}

// add adds a reason, unless it is empty or there already.
func (e *Explanation) add(reason string) {
	reason = explained(reason)
	for _, known := range e.Reasons {
		if known == reason {
			return
		}
	}
	if reason != "" {
		e.Reasons = append(e.Reasons, reason)
	}
}

// explained returns a copy of a text, cut where it is long: what an exchange refers to lives no longer than it.
func explained(text string) string {
	if len(text) > maxExplained {
		return text[:maxExplained] + " [TRUNCATED]"
	}
	return strings.Clone(text)
}
