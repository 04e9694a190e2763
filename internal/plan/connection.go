package plan

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
)

// Connection says how the endpoint of a method is reached. It is immutable.
type Connection struct {
	TLS  integration.TLS
	Link *integration.Link // nil where the endpoint is reached at its own address
}

// Connection returns how the endpoint of a method's integration is reached.
func (s *Stage) Connection(m *Method) *Connection { return &s.connections[m.Index] }

// privateLink is the VPC link of an integration, before Bind.
type privateLink struct {
	id     string // may be a reference to a stage variable
	target string // ARN, or ""
}

// compileLink returns the VPC link that an integration names, or nil.
//
// AWS: Set up API Gateway private integrations.
func compileLink(in *apigw.Integration) *privateLink {
	if value(in.ConnectionType) != apigw.ConnectionTypeVpcLink {
		return nil
	}
	return &privateLink{id: value(in.ConnectionId), target: value(in.IntegrationTarget)}
}

// source returns the URI of an integration as it was configured. One that names the target of its link
// may do without a scheme.
//
// AWS: Private integrations for REST APIs (VPC links v2).
func (i *Integration) source() string {
	if i.link != nil && i.link.target != "" && !strings.Contains(i.uri, "://") {
		return "http://" + i.uri
	}
	return i.uri
}

// connections binds how the endpoints of all methods are reached.
func (b *binder) connections(p *Plan, stage *apigw.Stage) []Connection {
	all := make([]Connection, len(p.Methods))
	for i, m := range p.Methods {
		if m.Integration != nil {
			all[i] = b.connection(p, m, stage)
		}
	}
	return all
}

// connection binds how the endpoint of a method is reached. Only HTTP and HTTP_PROXY have VPC links,
// TLS settings and the client certificate of the stage.
func (b *binder) connection(p *Plan, m *Method, stage *apigw.Stage) Connection {
	in := m.Integration
	if in.Type != apigw.IntegrationTypeHttp && in.Type != apigw.IntegrationTypeHttpProxy {
		return Connection{}
	}
	c := Connection{TLS: in.TLS}
	if id := value(stage.ClientCertificateId); id != "" {
		c.TLS.ClientCertificateID = p.AccountID + "/" + p.Region + "/" + id
	}
	if in.link == nil {
		return c
	}
	c.Link = &integration.Link{
		AccountID: p.AccountID, Region: p.Region,
		ID: foldStageVariables(in.link.id, stage.Variables), Target: foldStageVariables(in.link.target, stage.Variables),
	}
	if c.Link.ID == "" {
		d := b.at
		d.Resource, d.Method, d.Field = m.ResourcePath, m.Verb, "methodIntegration.connectionId"
		d.Message = "the stage variable that names the VPC link is not set: requests are answered with 500"
		b.found = append(b.found, d)
	}
	return c
}
