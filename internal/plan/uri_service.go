package plan

import (
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/awsaction"
)

// serviceURI is what the URI of an AWS integration has instead of scheme and host.
type serviceURI struct {
	service     integration.Service // its Subdomain is in subdomain
	subdomain   text
	target      text
	contentType string
}

// compileServiceURI folds the variables into the configured URI and credentials of an AWS integration and
// takes them apart.
//
// AWS: Integration (API reference), uri and credentials; Amazon API Gateway stage variables reference.
func compileServiceURI(source, credentials string, variables map[string]string) *URI {
	action, ok := awsaction.Parse(foldStageVariables(source, variables))
	u := &URI{path: parseText(action.Path), query: parseText(action.Query), aws: &serviceURI{
		service:   action.Service,
		subdomain: parseText(action.Service.Subdomain), target: parseText(action.Target), contentType: action.ContentType,
	}}
	u.aws.service.Subdomain, u.aws.service.Credentials = "", foldStageVariables(credentials, variables)
	u.valid = ok
	if literal, static := u.aws.subdomain.static(); static && literal != "" {
		u.valid = u.valid && validHost(literal)
	}
	return u
}

// Service returns the service that the URI of an AWS integration names, for the values. It reports false
// when a placeholder has no value or one that can't stand in a host name. The URI is built already.
func (u *URI) Service(values PathValues) (service integration.Service, ok bool) {
	service = u.aws.service
	if len(u.aws.subdomain) == 0 {
		return service, true
	}
	service.Subdomain, ok = u.aws.subdomain.build(values, inPath)
	return service, ok && validHost(service.Subdomain)
}

// Action returns the X-Amz-Target and the content type that requests for the URI's action have unless a
// mapping says otherwise; either may be "". It reports false when a placeholder has no value.
func (u *URI) Action(values PathValues) (target, contentType string, ok bool) {
	target, ok = u.aws.target.build(values, inQuery)
	return target, u.aws.contentType, ok
}
