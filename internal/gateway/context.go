// Hot path.

package gateway

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/mapping"
)

// fillContext sets the values of $context.
//
// AWS: API Gateway mapping template and access logging variable reference.
func (x *Exchange) fillContext() {
	p := x.stage.Plan
	c := &x.context
	c.AccountID, c.APIID, c.DeploymentID, c.Stage = p.AccountID, p.APIID, p.DeploymentID, x.stage.Name
	c.RequestID, c.ExtendedRequestID = x.ids.requestID, x.ids.extendedID
	c.HTTPMethod, c.Path, c.Protocol = x.verb, x.full, "HTTP/1.1"
	c.DomainName = hostname(x.Request.Host)
	c.DomainPrefix, _, _ = strings.Cut(c.DomainName, ".")
	c.RequestTime = x.Request.Received
	c.Identity.SourceIP = x.Request.PeerIP
	c.Identity.UserAgent = x.Request.Headers.Get(headerUserAgent)
	c.Identity.VPCEndpointID, c.Identity.VPCID = x.endpoint.ID, x.endpoint.VPC
	if x.domain != nil && x.domain.Mutual {
		c.Identity.ClientCert = x.Request.Security.clientCert()
	}
	switch {
	case x.stage.IsCanary:
		c.IsCanaryRequest = "true"
	case x.stage.Canary != nil:
		c.IsCanaryRequest = "false"
	}
	if x.trial != nil {
		x.fillTrial()
	}
	if x.method != nil {
		c.ResourceID, c.ResourcePath = x.method.ResourceID, x.method.ResourcePath
	}
}

// endpointHeaders returns the endpoint response's headers as mappings see them.
func (x *Exchange) endpointHeaders() []mapping.Param {
	x.answerParams = x.answerParams[:0]
	for _, f := range x.endpointResponse.Headers {
		x.answerParams = append(x.answerParams, mapping.Param{Name: f.Name, Value: f.Value})
	}
	return x.answerParams
}
