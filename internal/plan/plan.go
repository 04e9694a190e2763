// Package plan turns configuration into what the data plane executes.
//
// There are two steps. [Compile] is done once per deployment: it parses templates, patterns and
// mapping expressions, builds the resource tree and collects everything that is wrong, each finding
// with its place. [Bind] is done once per change of a stage: it folds the stage's variables into the
// URIs. Both results are immutable and hold no connection, goroutine or timer.
//
// A plan says what to do and does nothing: package gateway executes it. Start reading at [Plan], the
// outline of the data structure, then at [Compile].
package plan

import (
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/route"
	"github.com/sluice-gateway/sluice/internal/schema"
)

// Plan is one deployment of an API, compiled.
type Plan struct {
	AccountID    string
	Region       string
	Partition    string
	APIID        string
	DeploymentID string
	Name         string // of the API
	EndpointType string // EDGE, REGIONAL or PRIVATE

	// Closed says why no request at all may be served, in the words of the execution log; "" when
	// the API is open.
	Closed string

	Space        string       // "{account}/{region}", what the throttle of the account is kept by
	APIKeySource APIKeySource // where the API keys of requests come from

	// UserAgent is what endpoints see of us unless a mapping says otherwise.
	UserAgent string

	// DefaultEndpointDisabled says that the API can't be reached by its own host or path forms.
	DefaultEndpointDisabled bool

	// SecurityPolicy is the name of the API's security policy for TLS, "" where it has none; MinTLS is the oldest
	// version that it takes. Strict says that a client's handshake must name the API's host.
	SecurityPolicy string
	MinTLS         uint16
	Strict         bool

	// MinimumCompressionSize is the length in bytes from which response bodies are compressed; nil
	// means that none is.
	MinimumCompressionSize *int32

	// Policy is the resource policy; nil where the API has none, and one is not needed.
	Policy *policy.Policy

	Binary           BinaryTypes
	Tree             *route.Tree[*Method]
	Methods          []*Method     // by Method.Index
	Authorizers      []*Authorizer // by Authorizer.Index
	GatewayResponses map[apigw.GatewayResponseType]*GatewayResponse
}

// APIKeySource is where the API key of a request comes from.
//
// AWS: Choose an API key source.
type APIKeySource uint8

// The sources.
const (
	FromHeader     APIKeySource = iota // the client sends it
	FromAuthorizer                     // the method's Lambda authorizer names it
)

// Method is one method of a resource.
type Method struct {
	Index         int // in Plan.Methods
	Verb          string
	ResourceID    string
	ResourcePath  string
	OperationName string

	Authorization  Authorization // who may call
	APIKeyRequired bool          // requests need an API key of a usage plan

	// Broken says why the method can't be executed, in the words of the execution log, or "".
	Broken string

	// Required are the parameters that a request must have: headers first, then path, then query
	// parameters, each by name. It is empty when the method does not validate parameters.
	Required []RequiredParameter

	// Bodies are the schemas of request bodies by media type. It is empty when the method does not
	// validate bodies.
	Bodies []BodySchema

	Integration *Integration // nil when Broken
}

// Location is where a parameter stands in a message.
type Location uint8

// The locations. Path exists in requests only.
const (
	Header Location = iota
	Path
	QueryString
)

// RequiredParameter is a parameter that a request must have.
type RequiredParameter struct {
	In   Location
	Name string
}

// BodySchema is the schema for bodies of one media type; MediaType "$default" stands for any other.
type BodySchema struct {
	MediaType string
	Schema    *schema.Schema
}

// Integration is what a method calls, and how.
type Integration struct {
	Type            apigw.IntegrationType
	Verb            string // towards the endpoint; "" is the client's
	Parameters      []Parameter
	Templates       []BodyTemplate
	Passthrough     Passthrough
	ContentHandling ContentHandling
	Timeout         time.Duration
	TLS             integration.TLS

	link *privateLink // before Bind; nil where the endpoint is reached at its own address

	// Lambda says that an integration of type AWS invokes a Lambda function: its responses are selected by
	// the message of the function's error.
	Lambda bool

	// Stream says that the response is passed on while it is coming.
	//
	// AWS: Stream the integration response for your proxy integrations.
	Stream bool

	CacheKey CacheKey // of responses, where the stage caches them

	// Responses are the integration responses that have a selection pattern, by ascending status;
	// Default is the one that has none, or nil.
	Responses []*IntegrationResponse
	Default   *IntegrationResponse

	uri         string // before Bind
	credentials string // before Bind
}

// Parameter is one parameter mapping: the expression's value goes to the named place.
type Parameter struct {
	To   Location
	Name string
	From *mapping.Expression
}

// BodyTemplate is the template for one media type. One that does not parse has a nil Template and
// fails every request that needs it.
type BodyTemplate struct {
	MediaType string // as configured; "$default" stands for any other
	Empty     bool   // the configured text is empty: the body passes as it is
	Template  *mapping.Template
}

// Passthrough says what happens to a request body for which there is no template.
//
// AWS: Integration passthrough behaviors.
type Passthrough uint8

// The passthrough behaviours.
const (
	WhenNoMatch     Passthrough = iota // it passes as it is
	WhenNoTemplates                    // it passes if the integration has no templates at all
	Never                              // the request is refused
)

// ContentHandling says how a body is converted between text and bytes.
//
// AWS: Content type conversions in API Gateway.
type ContentHandling uint8

// The conversions.
const (
	Unconverted ContentHandling = iota
	ToText
	ToBinary
)

// IntegrationResponse turns endpoint responses into one method response.
type IntegrationResponse struct {
	Status          int      // of the method response
	Pattern         *Pattern // nil for the default response
	Parameters      []Parameter
	Templates       []BodyTemplate
	ContentHandling ContentHandling

	// Undeclared says that the method has no method response of this status.
	Undeclared bool
}

// GatewayResponse is the customisation of one gateway response type.
type GatewayResponse struct {
	Status     int // 0 keeps the status of the error
	Parameters []Parameter
	Templates  []SimpleTemplate
}

// SimpleTemplate is a template of a gateway response, in which variables are replaced and nothing else.
type SimpleTemplate struct {
	MediaType string
	Template  *mapping.Simple
}
