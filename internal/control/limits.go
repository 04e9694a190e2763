package control

import (
	"fmt"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// Limits are the quotas of an account in a region and of one API. A limit of 0 or less is none.
//
// AWS: "Amazon API Gateway quotas and important notes".
type Limits struct {
	RegionalAPIs, PrivateAPIs, EdgeAPIs int // APIs in a region, by their endpoint type

	ResourcesPerAPI          int // the root included
	AuthorizersPerAPI        int
	StagesPerAPI             int
	DocumentationPartsPerAPI int
	ModelsPerAPI             int // the service names no limit
	RequestValidatorsPerAPI  int // the service names no limit
	DeploymentsPerAPI        int // the service names no limit

	VariablesPerStage int

	APIKeys                 int
	UsagePlans              int
	UsagePlansPerKey        int
	MethodThrottlesPerStage int // of a stage in a usage plan
	ClientCertificates      int
	VPCLinks                int
	DomainNames             int

	PolicyCharacters     int
	ModelBytes           int
	TemplateBytes        int
	DocumentBytes        int // an OpenAPI document that is imported
	AccessLogFormatBytes int
}

// Limit is one of the Limits as configurations name it.
type Limit struct {
	Name    string // "resources-per-api"
	Default int    // the service's; 0 is none
	Field   func(*Limits) *int
}

// LimitTable returns every limit, in the order of Limits.
func LimitTable() []Limit {
	return []Limit{
		{"regional-apis", 600, func(l *Limits) *int { return &l.RegionalAPIs }},
		{"private-apis", 600, func(l *Limits) *int { return &l.PrivateAPIs }},
		{"edge-apis", 120, func(l *Limits) *int { return &l.EdgeAPIs }},
		{"resources-per-api", 300, func(l *Limits) *int { return &l.ResourcesPerAPI }},
		{"authorizers-per-api", 10, func(l *Limits) *int { return &l.AuthorizersPerAPI }},
		{"stages-per-api", 10, func(l *Limits) *int { return &l.StagesPerAPI }},
		{"documentation-parts-per-api", 2000, func(l *Limits) *int { return &l.DocumentationPartsPerAPI }},
		{"models-per-api", 0, func(l *Limits) *int { return &l.ModelsPerAPI }},
		{"request-validators-per-api", 0, func(l *Limits) *int { return &l.RequestValidatorsPerAPI }},
		{"deployments-per-api", 0, func(l *Limits) *int { return &l.DeploymentsPerAPI }},
		{"variables-per-stage", 100, func(l *Limits) *int { return &l.VariablesPerStage }},
		{"api-keys", 10000, func(l *Limits) *int { return &l.APIKeys }},
		{"usage-plans", 300, func(l *Limits) *int { return &l.UsagePlans }},
		{"usage-plans-per-key", 10, func(l *Limits) *int { return &l.UsagePlansPerKey }},
		{"method-throttles-per-stage", 20, func(l *Limits) *int { return &l.MethodThrottlesPerStage }},
		{"client-certificates", 60, func(l *Limits) *int { return &l.ClientCertificates }},
		{"vpc-links", 20, func(l *Limits) *int { return &l.VPCLinks }},
		{"domain-names", 120, func(l *Limits) *int { return &l.DomainNames }},
		{"policy-characters", 8192, func(l *Limits) *int { return &l.PolicyCharacters }},
		{"model-bytes", 400 << 10, func(l *Limits) *int { return &l.ModelBytes }},
		{"template-bytes", 300 << 10, func(l *Limits) *int { return &l.TemplateBytes }},
		{"document-bytes", 6 << 20, func(l *Limits) *int { return &l.DocumentBytes }},
		{"access-log-format-bytes", 3 << 10, func(l *Limits) *int { return &l.AccessLogFormatBytes }},
	}
}

// DefaultLimits returns the limits that the service has.
func DefaultLimits() Limits {
	var limits Limits
	for _, limit := range LimitTable() {
		*limit.Field(&limits) = limit.Default
	}
	return limits
}

// exceeds reports whether n is more than a limit allows.
func exceeds(n, limit int) bool { return limit > 0 && n > limit }

// counted are the kinds whose things are counted, because their number is limited.
var counted = map[store.Kind]struct {
	limit  func(*Limits) int
	things string // in the refusal
	owner  string
}{
	store.KindResource:          {func(l *Limits) int { return l.ResourcesPerAPI }, "Resources", "API"},
	store.KindAuthorizer:        {func(l *Limits) int { return l.AuthorizersPerAPI }, "Authorizers", "API"},
	store.KindStage:             {func(l *Limits) int { return l.StagesPerAPI }, "Stages", "API"},
	store.KindDocumentationPart: {func(l *Limits) int { return l.DocumentationPartsPerAPI }, "Documentation Parts", "API"},
	store.KindModel:             {func(l *Limits) int { return l.ModelsPerAPI }, "Models", "API"},
	store.KindRequestValidator:  {func(l *Limits) int { return l.RequestValidatorsPerAPI }, "Request Validators", "API"},
	store.KindDeployment:        {func(l *Limits) int { return l.DeploymentsPerAPI }, "Deployments", "API"},
	store.KindRestAPI:           {func(*Limits) int { return 0 }, "APIs", "account"}, // by endpoint type: checkAPICount
	store.KindClientCertificate: {func(l *Limits) int { return l.ClientCertificates }, "Client Certificates", "account"},
	store.KindVPCLink:           {func(l *Limits) int { return l.VPCLinks }, "VPC Links", "account"},
	store.KindAPIKey:            {func(l *Limits) int { return l.APIKeys }, "API Keys", "account"},
	store.KindUsagePlan:         {func(l *Limits) int { return l.UsagePlans }, "Usage Plans", "account"},
	store.KindDomainName:        {func(l *Limits) int { return l.DomainNames }, "Domain Names", "account"},
}

// errLimit is the refusal of one thing too many.
//
// Observed: the sentence, of parts of an API; that it is the same for what an account has is assumed.
func errLimit(things, owner string) error {
	return apigw.LimitExceeded(fmt.Sprintf("Maximum number of %[1]s for this %[2]s has been reached. Please contact AWS if you need additional %[1]s.", things, owner))
}

// checkAPICount says whether there may be one more API of the endpoint type that a record, new where present
// is nil, has or is to have. It looks at the other APIs only where there are enough for the limit.
func (t *tx) checkAPICount(present, record *apigw.RestApi) error {
	kind := endpointTypeOf(record)
	if present != nil && endpointTypeOf(present) == kind {
		return nil
	}
	limit := map[apigw.EndpointType]int{
		apigw.EndpointTypeRegional: t.limits.RegionalAPIs, apigw.EndpointTypePrivate: t.limits.PrivateAPIs, apigw.EndpointTypeEdge: t.limits.EdgeAPIs,
	}[kind]
	c, err := t.tally(t.space.RestAPIs(), store.KindRestAPI)
	if err != nil || !exceeds(c.now+1, limit) {
		return err
	}
	all, err := list[apigw.RestApi](t, t.space.RestAPIs())
	if err != nil {
		return err
	}
	n := 1
	for i := range all {
		if endpointTypeOf(&all[i]) == kind {
			n++
		}
	}
	if exceeds(n, limit) {
		return errLimit("APIs", "account")
	}
	return nil
}

func endpointTypeOf(r *apigw.RestApi) apigw.EndpointType {
	if e := r.EndpointConfiguration; e != nil && len(e.Types) > 0 {
		return e.Types[0]
	}
	return apigw.EndpointTypeEdge
}
