package plan

import (
	"errors"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/policy"
)

// compilePolicy compiles the resource policy. An API with one that can't be evaluated is closed, and nobody may
// call a private API without one.
//
// AWS: API Gateway resource policy examples; How to invoke a private API.
func (c *compiler) compilePolicy() {
	text := value(c.api.RestAPI.Policy)
	switch {
	case text == "" && c.plan.EndpointType == string(apigw.EndpointTypePrivate):
		c.report(Warning, "policy", "a private API has no resource policy: all requests are refused")
		c.plan.Policy = new(policy.Policy)
		return
	case text == "":
		return
	}
	compiled, err := policy.Parse(text, policy.Resource)
	if err != nil {
		d := c.at
		d.Severity, d.Field, d.Message = Error, "policy", err.Error()
		if wrong, ok := errors.AsType[*policy.Error](err); ok {
			d.Line, d.Column = wrong.Line, wrong.Column
			d.Message = (&policy.Error{Path: wrong.Path, Message: wrong.Message}).Error()
		}
		d.Message += ": all requests are refused"
		c.found = append(c.found, d)
		c.plan.Closed = "The resource policy can't be evaluated: " + err.Error()
		return
	}
	for _, name := range compiled.FurtherKeys() {
		c.report(Warning, "policy", "no request to an API has the condition key %s: conditions see it absent", name)
	}
	c.plan.Policy = compiled
}
