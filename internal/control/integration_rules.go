package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// The limits of integrations.
//
// AWS: "Amazon API Gateway quotas and important notes".
const (
	minimumTimeoutMillis       = 50
	defaultTimeoutMillis       = 29000 // also the highest, unless the installation allows more
	maximumStreamTimeoutMillis = 900000
)

// The passthrough behaviors, in the order in which refusals name them. The model has no enumeration.
const (
	passthroughWhenNoMatch     = "WHEN_NO_MATCH"
	passthroughWhenNoTemplates = "WHEN_NO_TEMPLATES"
	passthroughNever           = "NEVER"
)

var passthroughBehaviors = []string{passthroughWhenNoMatch, passthroughWhenNoTemplates, passthroughNever}

// integrationRules is what the installation and the caller's account ask of integrations.
type integrationRules struct {
	roleAccount      string // that roles must belong to; empty for any
	roleRequired     bool   // AWS services other than Lambda need a role
	maxTimeoutMillis int32  // of responses that are not streamed

	knownLink func(id string) bool // of VPC links that are configured and not made by an operation
}

// completeIntegration puts in the defaults of what an integration on a resource does not say, and
// takes out what its type has no place for. Empty texts count as not given; an empty
// template is kept as null.
func completeIntegration(i *apigw.Integration, resource string, rules integrationRules) {
	for _, text := range []**string{
		&i.CacheNamespace, &i.ConnectionId, &i.Credentials, &i.HttpMethod, &i.IntegrationTarget, &i.PassthroughBehavior, &i.Uri,
	} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	if i.PassthroughBehavior == nil {
		i.PassthroughBehavior = new(passthroughWhenNoMatch)
	}
	if i.TimeoutInMillis == nil {
		i.TimeoutInMillis = new(min(defaultTimeoutMillis, rules.maxTimeoutMillis))
	}
	if i.CacheNamespace == nil {
		i.CacheNamespace = &resource
	}
	i.CacheKeyParameters = unique(i.CacheKeyParameters)
	completeTemplates(i.RequestTemplates)
	switch {
	case !isHTTP(i) && apigw.Value(i.ConnectionType) == apigw.ConnectionTypeInternet:
		i.ConnectionType = nil
	case isHTTP(i) && i.ConnectionType == nil:
		i.ConnectionType = new(apigw.ConnectionTypeInternet)
	}
	if !usesVPCLink(i) {
		i.ConnectionId = nil
	}
}

// unique returns the list without repetitions, never nil.
func unique(list []string) []string {
	kept := make([]string, 0, len(list))
	for _, s := range list {
		if !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// completeTemplates makes empty templates null.
//
// Observed: a template that was put as "" is answered as null.
func completeTemplates(templates map[string]*string) {
	for contentType, template := range templates {
		if apigw.Value(template) == "" {
			templates[contentType] = nil
		}
	}
}

// isHTTP reports whether the back end is reached by its own URL.
func isHTTP(i *apigw.Integration) bool {
	t := apigw.Value(i.Type)
	return t == apigw.IntegrationTypeHttp || t == apigw.IntegrationTypeHttpProxy
}

// checkIntegration says whether an integration with its defaults is lawful on a method. The order of the
// checks is the service's: the verb towards the back end comes before the URI.
func (t *tx) checkIntegration(m *apigw.Method, i *apigw.Integration) error {
	for _, check := range []func() error{
		func() error { return checkBackEndVerb(i) },
		func() error { return checkURI(i) },
		func() error { return checkCredentials(i, t.rules) },
		func() error { return checkTimeout(i, t.rules) },
		func() error { return t.checkConnection(i) },
		func() error { return checkPassthrough(i) },
		func() error { return checkRequestParameters(m, i) },
		func() error { return t.checkTemplates(i.RequestTemplates) },
		func() error { return checkCacheKeys(m, i) },
		func() error { return checkTransferMode(i) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func checkBackEndVerb(i *apigw.Integration) error {
	switch {
	case i.HttpMethod != nil:
		return checkVerb(*i.HttpMethod)
	case apigw.Value(i.Type) != apigw.IntegrationTypeMock:
		return apigw.BadRequest("Enumeration value for HttpMethod must be non-empty")
	}
	return nil
}

// checkCredentials says whether an integration's role is lawful.
//
// Differs: a role of another account is refused only where the account is the caller's own, and a role is
// insisted on only where the installation is configured so.
func checkCredentials(i *apigw.Integration, rules integrationRules) error {
	if i.Credentials == nil {
		if rules.roleRequired && apigw.Value(i.Type) == apigw.IntegrationTypeAws && serviceOf(i) != "lambda" {
			return apigw.BadRequest("Role ARN must be specified for AWS integrations")
		}
		return nil
	}
	arn, ok := parseARN(*i.Credentials)
	if !ok {
		return errInvalidARN
	}
	if rules.roleAccount != "" && arn.account != "*" && arn.account != rules.roleAccount {
		return apigw.AccessDenied("Cross-account pass role is not allowed.")
	}
	return nil
}

func checkTimeout(i *apigw.Integration, rules integrationRules) error {
	limit := rules.maxTimeoutMillis
	if apigw.Value(i.ResponseTransferMode) == apigw.ResponseTransferModeStream {
		limit = max(limit, maximumStreamTimeoutMillis)
	}
	if t := *i.TimeoutInMillis; t < minimumTimeoutMillis || t > limit {
		return apigw.BadRequest(fmt.Sprintf("Timeout should be between %d ms and %d ms", minimumTimeoutMillis, limit))
	}
	return nil
}

// checkConnection says whether the connection is lawful. A VPC link that a stage variable names is
// known only when it is called.
func (t *tx) checkConnection(i *apigw.Integration) error {
	if !usesVPCLink(i) {
		return nil
	}
	switch {
	case !isHTTP(i):
		return apigw.BadRequest("ConnectionType VPC_LINK is only supported for integrations of type HTTP and HTTP_PROXY")
	case i.ConnectionId == nil:
		return apigw.BadRequest("ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK")
	case stageVariable.MatchString(*i.ConnectionId):
		return nil
	}
	exists, err := t.exists(t.space.VPCLink(*i.ConnectionId))
	switch {
	case err != nil || exists:
		return err
	case !t.rules.knownLink(*i.ConnectionId):
		return errNoVPCLink
	case i.IntegrationTarget == nil:
		return apigw.BadRequest("IntegrationTarget is required for VpcLinkV2") // Observed
	}
	return nil
}

func checkPassthrough(i *apigw.Integration) error {
	if !slices.Contains(passthroughBehaviors, *i.PassthroughBehavior) {
		return apigw.BadRequest("Invalid PassthroughBehavior specified. Valid options are " + strings.Join(passthroughBehaviors, ","))
	}
	return nil
}

// checkTemplates says whether a map from content types to templates is lawful. The templates
// themselves are not looked at: a faulty one is found when the API is deployed.
func (t *tx) checkTemplates(templates map[string]*string) error {
	if err := templateError(contentTypeProblems(templates)); err != nil {
		return err
	}
	for _, contentType := range slices.Sorted(maps.Keys(templates)) {
		if exceeds(len(apigw.Value(templates[contentType])), t.limits.TemplateBytes) {
			return apigw.LimitExceeded(fmt.Sprintf("Mapping template for content type %s exceeds the maximum size of %d bytes", contentType, t.limits.TemplateBytes))
		}
	}
	return nil
}

// checkCacheKeys says whether every cache key is a declared parameter of the method or one that the
// integration maps.
func checkCacheKeys(m *apigw.Method, i *apigw.Integration) error {
	for _, key := range i.CacheKeyParameters {
		if _, mapped := i.RequestParameters[key]; !mapped && !declares(m.RequestParameters, key) {
			return apigw.BadRequest("Invalid cache key parameter specified")
		}
	}
	return nil
}

// checkTransferMode says whether the type and the URI fit how the response is transferred.
//
// AWS: "Stream the integration response for your proxy integrations in API Gateway".
func checkTransferMode(i *apigw.Integration) error {
	stream := apigw.Value(i.ResponseTransferMode) == apigw.ResponseTransferModeStream
	kind := apigw.Value(i.Type)
	if stream && kind != apigw.IntegrationTypeHttpProxy && kind != apigw.IntegrationTypeAwsProxy {
		return apigw.BadRequest(fmt.Sprintf("Invalid ResponseTransferMode. Cannot use ResponseTransferMode STREAM for %s integrations.", kind))
	}
	if kind != apigw.IntegrationTypeAwsProxy {
		return nil
	}
	const text = "Invalid ResponseTransferMode. Cannot use ResponseTransferMode %s for Lambda functions invoked by %s for AWS_PROXY integrations."
	switch streaming := strings.HasSuffix(apigw.Value(i.Uri), streamingSuffix); {
	case streaming && !stream:
		return apigw.BadRequest(fmt.Sprintf(text, apigw.ResponseTransferModeBuffered, "InvokeWithResponseStream"))
	case !streaming && stream:
		return apigw.BadRequest(fmt.Sprintf(text, apigw.ResponseTransferModeStream, "Invoke"))
	}
	return nil
}

// integrationPatch is what UpdateIntegration may change. The result is checked as one that is put.
var integrationPatch = patch.Table[apigw.Integration]{
	Resource: "Integration",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.Integration]{
		patch.Choice("/type", "IntegrationType", inputEnum[apigw.IntegrationType](apigw.PutIntegration.Input, "type"),
			func(i *apigw.Integration) **apigw.IntegrationType { return &i.Type }),
		patch.Text("/httpMethod", func(i *apigw.Integration) **string { return &i.HttpMethod }),
		patch.Text("/uri", func(i *apigw.Integration) **string { return &i.Uri }),
		patch.Text("/credentials", func(i *apigw.Integration) **string { return &i.Credentials }),
		patch.Text("/passthroughBehavior", func(i *apigw.Integration) **string { return &i.PassthroughBehavior }),
		contentHandlingRow(func(i *apigw.Integration) **apigw.ContentHandlingStrategy { return &i.ContentHandling }),
		patch.Text("/cacheNamespace", func(i *apigw.Integration) **string { return &i.CacheNamespace }),
		patch.Number("/timeoutInMillis", func(i *apigw.Integration) **int32 { return &i.TimeoutInMillis }),
		patch.Choice("/connectionType", "ConnectionType", inputEnum[apigw.ConnectionType](apigw.PutIntegration.Input, "connectionType"),
			func(i *apigw.Integration) **apigw.ConnectionType { return &i.ConnectionType }),
		patch.Text("/connectionId", func(i *apigw.Integration) **string { return &i.ConnectionId }),
		patch.Text("/integrationTarget", func(i *apigw.Integration) **string { return &i.IntegrationTarget }),
		patch.Choice("/responseTransferMode", "ResponseTransferMode",
			inputEnum[apigw.ResponseTransferMode](apigw.PutIntegration.Input, "responseTransferMode"),
			func(i *apigw.Integration) **apigw.ResponseTransferMode { return &i.ResponseTransferMode }),
		patch.Flag("/tlsConfig/insecureSkipVerification", func(i *apigw.Integration) **bool {
			if i.TlsConfig == nil {
				i.TlsConfig = &apigw.TlsConfig{}
			}
			return &i.TlsConfig.InsecureSkipVerification
		}),
		requestParameterRow(),
		patch.Entries("/requestTemplates/{type}", "", func(i *apigw.Integration) *map[string]*string { return &i.RequestTemplates }, parseTemplate),
		{
			Path: "/cacheKeyParameters/{name}", Ops: patch.Add | patch.Remove, Value: "none needed",
			Apply: func(i *apigw.Integration, c patch.Change) error {
				patch.ChangeElement(&i.CacheKeyParameters, c.Op, c.Var(0))
				return nil
			},
		},
	},
}

// requestParameterRow changes the parameter mapping. A mapping that goes takes its cache key along.
func requestParameterRow() patch.Row[apigw.Integration] {
	row := patch.Entries("/requestParameters/{name}", noParameter,
		func(i *apigw.Integration) *map[string]string { return &i.RequestParameters }, patch.ParseText)
	change := row.Apply
	row.Apply = func(i *apigw.Integration, c patch.Change) error {
		if err := change(i, c); err != nil {
			return err
		}
		if c.Op == patch.Remove {
			patch.ChangeElement(&i.CacheKeyParameters, patch.Remove, c.Var(0))
		}
		return nil
	}
	return row
}

// contentHandlingRow is the row of a member that says how a body is converted; an empty value removes it.
func contentHandlingRow[T any](member func(*T) **apigw.ContentHandlingStrategy) patch.Row[T] {
	values := inputEnum[apigw.ContentHandlingStrategy](apigw.PutIntegration.Input, "contentHandling")
	return optional(patch.Choice("/contentHandling", "ContentHandlingStrategy", values, member), member)
}

// optional is a row whose member an empty value removes.
func optional[T, V any](row patch.Row[T], member func(*T) **V) patch.Row[T] {
	replace := row.Apply
	row.Value += "; empty removes it"
	row.Apply = func(t *T, c patch.Change) error {
		if c.Text() == "" {
			*member(t) = nil
			return nil
		}
		return replace(t, c)
	}
	return row
}

// parseTemplate returns the template of a patch operation; an empty one is null.
func parseTemplate(c patch.Change) (*string, error) {
	if c.Text() == "" {
		return nil, nil
	}
	return c.Value, nil
}
