package plan

import (
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// Stage is a plan with the settings of one stage. It is immutable.
type Stage struct {
	Plan      *Plan
	Name      string
	Variables []mapping.Param // sorted by name

	// AccessLog is nil where no access log is kept. ExecutionLog is the log group of the execution log,
	// for the methods whose settings ask for it.
	AccessLog    *AccessLog
	ExecutionLog string

	// CacheSpace names the cache of the stage. Within it CacheName keeps its responses apart from those of
	// its canary.
	CacheSpace string
	CacheName  string

	Canary   *Canary // nil where the stage has none
	IsCanary bool    // the stage is the canary of another

	Tracing bool // requests are sampled for traces

	connections []Connection // by Method.Index; zero for methods that call no HTTP endpoint

	uris      []*URI           // by Method.Index; nil for methods that call no URI
	functions []*Function      // by Method.Index; nil for methods that call none
	settings  []MethodSettings // by Method.Index

	authorizers []*Function // by Authorizer.Index; nil for authorizers that call none
}

// URI returns the compiled URI of a method's integration, or nil if it has none.
func (s *Stage) URI(m *Method) *URI { return s.uris[m.Index] }

// MetricsName returns the stage's name as metrics show it.
func (s *Stage) MetricsName() string {
	if s.IsCanary {
		return s.Name + canarySuffix
	}
	return s.Name
}

// Bind gives a plan the settings of a stage and says which of them are not honoured.
func Bind(p *Plan, stage *apigw.Stage) (*Stage, Diagnostics) {
	b := &binder{at: Diagnostic{Severity: Warning, API: p.APIID, Stage: value(stage.StageName)}}
	bound := &Stage{
		Plan: p, Name: value(stage.StageName),
		ExecutionLog: "API-Gateway-Execution-Logs_" + p.APIID + "/" + value(stage.StageName),
		CacheSpace:   CacheSpace(p.AccountID, p.Region, p.APIID, value(stage.StageName)),
		uris:         make([]*URI, len(p.Methods)),
		functions:    make([]*Function, len(p.Methods)),
		Tracing:      value(stage.TracingEnabled),
	}
	for _, name := range slices.Sorted(maps.Keys(stage.Variables)) {
		bound.Variables = append(bound.Variables, mapping.Param{Name: name, Value: stage.Variables[name]})
	}
	for i, m := range p.Methods {
		if m.Integration == nil || m.Integration.Type == apigw.IntegrationTypeMock {
			continue
		}
		bound.functions[i] = bindFunction(p, m, stage)
		if m.Integration.Type == apigw.IntegrationTypeAwsProxy {
			b.checkFunction(m, bound.functions[i])
			continue
		}
		if m.Integration.Type == apigw.IntegrationTypeAws {
			bound.uris[i] = compileServiceURI(m.Integration.uri, m.Integration.credentials, stage.Variables)
		} else {
			bound.uris[i] = compileURI(m.Integration.source(), stage.Variables)
		}
		b.checkURI(m, bound.uris[i])
	}
	bound.connections = b.connections(p, stage)
	bound.authorizers = b.bindAuthorizers(p, stage)
	b.checkSettings(stage)
	bound.AccessLog = b.accessLog(stage.AccessLogSettings)
	bound.settings = b.methodSettings(p, stage)
	return bound, b.found
}

// binder is the state of one Bind.
type binder struct {
	found Diagnostics
	at    Diagnostic
}

// warn adds a diagnostic for the stage itself.
func (b *binder) warn(field, message string) {
	d := b.at
	d.Field, d.Message = field, message
	b.found = append(b.found, d)
}

// checkURI warns of a URI that can't be called with these variables, or that has placeholders which
// nothing maps.
func (b *binder) checkURI(m *Method, u *URI) {
	d := b.at
	d.Resource, d.Method, d.Field = m.ResourcePath, m.Verb, "methodIntegration.uri"
	if !u.valid {
		d.Message = "invalid endpoint address: requests are answered with 500"
		b.found = append(b.found, d)
		return
	}
	for _, name := range u.Placeholders() {
		mapped := slices.ContainsFunc(m.Integration.Parameters, func(p Parameter) bool { return p.To == Path && p.Name == name })
		if mapped || len(m.Integration.Templates) > 0 {
			continue
		}
		d.Message = "nothing maps the placeholder {" + name + "}: requests are answered with 500"
		b.found = append(b.found, d)
	}
}

// checkSettings warns of the settings that are not honoured.
func (b *binder) checkSettings(stage *apigw.Stage) {
	if value(stage.WebAclArn) != "" {
		b.warn("webAclArn", "web ACLs are not supported: no request is filtered")
	}
}
