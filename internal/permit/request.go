package permit

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// keys are condition keys with their values, by names in lower case.
type keys map[string][]string

// add adds values to the key of a name.
func (k keys) add(name string, values ...string) {
	if len(values) > 0 {
		name = strings.ToLower(name)
		k[name] = append(k[name], values...)
	}
}

// addText adds the value of a key that is absent where there is none.
func (k keys) addText(name, value string) {
	if value != "" {
		k.add(name, value)
	}
}

// The condition keys that a call has besides those of every request (package policy). Behind the last two stands
// the key of a tag.
const (
	keyRequestedRegion = "aws:RequestedRegion"
	keyResourceAccount = "aws:ResourceAccount"
	keyViaService      = "aws:ViaAWSService"
	keyIsService       = "aws:PrincipalIsAWSService"
	keyPassedToService = "iam:PassedToService"
	keyTagKeys         = "aws:TagKeys"
	keyRequestTag      = "aws:RequestTag/"
	keyResourceTag     = "aws:ResourceTag/"
)

// The condition keys of the service: behind each prefix stands one of the properties.
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management (condition keys).
const (
	ofRequest  = "apigateway:Request/"
	ofResource = "apigateway:Resource/"

	accessAssociationSource   = "AccessAssociationSource"
	accessLoggingDestination  = "AccessLoggingDestination"
	accessLoggingFormat       = "AccessLoggingFormat"
	apiKeyRequired            = "ApiKeyRequired"
	apiName                   = "ApiName"
	authorizerType            = "AuthorizerType"
	disableExecuteAPIEndpoint = "DisableExecuteApiEndpoint"
	domainNameARN             = "DomainNameArn"
	endpointType              = "EndpointType"
	truststoreURI             = "MtlsTrustStoreUri"
	truststoreVersion         = "MtlsTrustStoreVersion"
	routeAuthorizationType    = "RouteAuthorizationType"
	routingMode               = "RoutingMode"
	securityPolicy            = "SecurityPolicy"
	stageName                 = "StageName"
)

// KnownKey reports whether a call can have the condition key of a name, or lacks it for a reason: nobody calls
// on behalf of somebody else here, as a service of AWS does.
func KnownKey(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range []string{keyRequestTag, keyResourceTag} {
		if strings.HasPrefix(lower, strings.ToLower(prefix)) {
			return true
		}
	}
	known := func(list ...string) bool {
		return slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, name) })
	}
	property := func(prefix string, list ...string) bool {
		rest, ok := strings.CutPrefix(lower, strings.ToLower(prefix))
		return ok && slices.ContainsFunc(list, func(one string) bool { return strings.EqualFold(one, rest) })
	}
	both := []string{
		accessLoggingDestination, accessLoggingFormat, apiKeyRequired, apiName, authorizerType, disableExecuteAPIEndpoint, endpointType,
		truststoreURI, truststoreVersion, routeAuthorizationType, routingMode, securityPolicy,
	}
	return known(keyRequestedRegion, keyResourceAccount, keyViaService, keyIsService, keyPassedToService, keyTagKeys,
		"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast") ||
		property(ofRequest, append([]string{accessAssociationSource, domainNameARN, stageName}, both...)...) || property(ofResource, both...)
}

// keys returns the further condition keys for a need; nil where no policy of the subject asks for one.
func (q *inquiry) keys(ctx context.Context, n *need) (keys, error) {
	if !q.subject.mentions("") {
		return nil, nil
	}
	k := keys{}
	k.add(keyRequestedRegion, q.caller.Region)
	k.add(keyViaService, "false")
	k.add(keyIsService, "false")
	if n.place.owner != "" {
		k.add(keyResourceAccount, n.place.owner)
	}
	if n.scope == ofRole {
		k.add(keyPassedToService, "apigateway.amazonaws.com")
		return k, nil
	}
	q.addTags(k)
	if n.scope == ofTags {
		return k, nil
	}
	q.addInput(k)
	return k, q.addResource(ctx, k, n.place)
}

// requestTags returns the tags that the call gives to something.
func (q *inquiry) requestTags() map[string]string {
	tags, _ := field(q.call.Input(), "Tags").(map[string]string)
	return tags
}

// addTags adds the tags of the request, or the keys of those that it removes.
func (q *inquiry) addTags(k keys) {
	tags := q.requestTags()
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		k.add(keyRequestTag+key, tags[key])
		k.add(keyTagKeys, key)
	}
	if in, ok := q.call.Input().(*apigw.UntagResourceRequest); ok {
		k.add(keyTagKeys, in.TagKeys...)
	}
}

// addInput adds what the input of the operation is about to make of its resource.
func (q *inquiry) addInput(k keys) {
	r := properties{k, ofRequest}
	switch in := q.call.Input().(type) {
	case *apigw.CreateRestApiRequest:
		r.api(&apigw.RestApi{Name: &in.Name, DisableExecuteApiEndpoint: in.DisableExecuteApiEndpoint, SecurityPolicy: in.SecurityPolicy, EndpointConfiguration: in.EndpointConfiguration})
		r.apiDefaults()
	case *apigw.ImportRestApiRequest:
		r.addText(endpointType, in.Parameters["endpointConfigurationTypes"])
		q.addDocument(r)
		r.apiDefaults()
	case *apigw.PutRestApiRequest:
		q.addDocument(r)
	case *apigw.UpdateRestApiRequest:
		r.patch(in.PatchOperations, map[string]string{"/name": apiName, "/disableExecuteApiEndpoint": disableExecuteAPIEndpoint, "/securityPolicy": securityPolicy})
		r.patchEndpoints(in.PatchOperations)
	case *apigw.PutMethodRequest:
		r.method(&apigw.Method{ApiKeyRequired: in.ApiKeyRequired, AuthorizationType: &in.AuthorizationType})
	case *apigw.UpdateMethodRequest:
		r.patch(in.PatchOperations, map[string]string{"/apiKeyRequired": apiKeyRequired, "/authorizationType": routeAuthorizationType})
	case *apigw.CreateAuthorizerRequest:
		r.addText(authorizerType, string(in.Type))
	case *apigw.UpdateAuthorizerRequest:
		r.patch(in.PatchOperations, map[string]string{"/type": authorizerType})
	case *apigw.CreateDeploymentRequest:
		r.addText(stageName, apigw.Value(in.StageName))
	case *apigw.UpdateStageRequest:
		r.patch(in.PatchOperations, map[string]string{"/accessLogSettings/destinationArn": accessLoggingDestination, "/accessLogSettings/format": accessLoggingFormat})
	case *apigw.CreateDomainNameRequest:
		r.newDomain(in)
	case *apigw.UpdateDomainNameRequest:
		r.patch(in.PatchOperations, map[string]string{
			pathTruststore: truststoreURI, pathTruststoreVersion: truststoreVersion, "/securityPolicy": securityPolicy, "/routingMode": routingMode,
		})
		r.patchEndpoints(in.PatchOperations)
	case *apigw.CreateDomainNameAccessAssociationRequest:
		r.addText(accessAssociationSource, in.AccessAssociationSource)
		r.addText(domainNameARN, in.DomainNameArn)
	}
}

// addDocument adds what the document of an import describes.
func (q *inquiry) addDocument(r properties) {
	document := q.document()
	if document == nil {
		return
	}
	api := document.RestAPI
	api.EndpointConfiguration = nil // of a document's only the VPC endpoints count
	r.api(&api)
	for i := range document.Authorizers {
		r.authorizer(&document.Authorizers[i].Value)
	}
	for _, m := range methodsOf(document) {
		r.method(m)
	}
}

// properties are the condition keys of the service for the request, or for what it is about.
type properties struct {
	keys
	prefix string
}

func (p properties) addText(property, value string) { p.keys.addText(p.prefix+property, value) }

func (p properties) addFlag(property string, set bool) {
	p.add(p.prefix+property, strconv.FormatBool(set))
}

// has reports whether a property is there already.
func (p properties) has(property string) bool {
	return len(p.keys[strings.ToLower(p.prefix+property)]) > 0
}

// api adds what there is to say of an API itself.
func (p properties) api(a *apigw.RestApi) {
	p.addText(apiName, apigw.Value(a.Name))
	if a.DisableExecuteApiEndpoint != nil {
		p.addFlag(disableExecuteAPIEndpoint, *a.DisableExecuteApiEndpoint)
	}
	p.addText(securityPolicy, string(apigw.Value(a.SecurityPolicy)))
	p.endpoints(a.EndpointConfiguration)
}

// apiDefaults adds what an API has that nothing was said of: a condition is not passed by leaving something out.
func (p properties) apiDefaults() {
	p.defaultEndpoint()
	if !p.has(disableExecuteAPIEndpoint) {
		p.addFlag(disableExecuteAPIEndpoint, false)
	}
}

// endpoints adds the types of endpoints.
func (p properties) endpoints(c *apigw.EndpointConfiguration) {
	if c != nil {
		for _, kind := range c.Types {
			p.addText(endpointType, string(kind))
		}
	}
}

// defaultEndpoint adds the type of endpoint that something has which is made without one.
func (p properties) defaultEndpoint() {
	if !p.has(endpointType) {
		p.addText(endpointType, string(apigw.EndpointTypeEdge))
	}
}

// method adds what there is to say of a method, besides that of others before.
func (p properties) method(m *apigw.Method) {
	p.addFlag(apiKeyRequired, apigw.Value(m.ApiKeyRequired))
	p.addText(routeAuthorizationType, apigw.Value(m.AuthorizationType))
}

// authorizer adds the type of an authorizer, besides those of others before.
func (p properties) authorizer(a *apigw.Authorizer) {
	p.addText(authorizerType, string(apigw.Value(a.Type)))
}

// newDomain adds what there is to say of a domain name that is to be made.
func (p properties) newDomain(in *apigw.CreateDomainNameRequest) {
	p.endpoints(in.EndpointConfiguration)
	p.defaultEndpoint()
	if m := in.MutualTlsAuthentication; m != nil {
		p.addText(truststoreURI, apigw.Value(m.TruststoreUri))
		p.addText(truststoreVersion, apigw.Value(m.TruststoreVersion))
	}
	p.addText(securityPolicy, string(apigw.Value(in.SecurityPolicy)))
	p.addText(routingMode, string(apigw.Value(in.RoutingMode)))
}

// patch adds the values that operations give to the paths of properties.
func (p properties) patch(ops []apigw.PatchOperation, paths map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		for _, value := range patched(ops, path) {
			p.addText(paths[path], value)
		}
	}
}

// pathEndpointTypes is the path of patch operations below which the types of endpoints are.
const pathEndpointTypes = "/endpointConfiguration/types"

// patchEndpoints adds the types of endpoints that operations add or put in the place of others.
func (p properties) patchEndpoints(ops []apigw.PatchOperation) {
	for _, op := range ops {
		path := apigw.Value(op.Path)
		if apigw.Value(op.Op) != apigw.OpRemove && (path == pathEndpointTypes || strings.HasPrefix(path, pathEndpointTypes+"/")) {
			p.addText(endpointType, apigw.Value(op.Value))
		}
	}
}
