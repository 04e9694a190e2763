package permit

import (
	"cmp"
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// need is one permission that a call needs.
type need struct {
	action   string // as messages spell it
	resource string // ARN
	scope    scope
	place    place // of the resource, for ofCall
}

// scope is which condition keys there are for a need.
type scope uint8

const (
	ofCall scope = iota // those of the request, and of what the account has at the place
	ofTags              // of the request only the tags
	ofRole              // those of a role that is passed to the service
)

// Actions that calls need besides those of their own verbs: where something sensitive changes, and for tags.
const (
	actionGet               = "apigateway:GET"
	actionPatch             = "apigateway:PATCH"
	actionPut               = "apigateway:PUT"
	actionPolicy            = "apigateway:UpdateRestApiPolicy"
	actionDomainPolicy      = "apigateway:UpdateDomainNamePolicy"
	actionManagementPolicy  = "apigateway:UpdateDomainNameManagementPolicy"
	actionAddCertificate    = "apigateway:AddCertificateToDomain"
	actionRemoveCertificate = "apigateway:RemoveCertificateFromDomain"
	actionCreateAssociation = "apigateway:CreateAccessAssociation"
	actionRejectAssociation = "apigateway:RejectAccessAssociation"
	actionPassRole          = "iam:PassRole"
)

// Paths of patch operations on domain names.
const (
	pathTruststore        = "/mutualTlsAuthentication/truststoreUri"
	pathTruststoreVersion = "/mutualTlsAuthentication/truststoreVersion"
)

// inquiry is what is found out for one call.
type inquiry struct {
	checker  *Checker
	subject  *Subject
	caller   restjson.Caller
	call     *restjson.Call
	question policy.Request

	parsed    bool
	described *openapi.API // the document of an import; nil where there is none that can be read
}

// needs returns the permissions that the call needs, in the order in which they are asked for.
func (q *inquiry) needs(ctx context.Context) ([]need, error) {
	verb := "apigateway:" + q.call.Operation.Method
	at := placeOf(q.caller, q.call)
	switch q.call.Operation.Name {
	case "GetTags", "TagResource", "UntagResource":
		return q.needsOfTags(verb, at), nil
	case "RejectDomainNameAccessAssociation":
		in, _ := q.call.Input().(*apigw.RejectDomainNameAccessAssociationRequest)
		if in == nil {
			in = &apigw.RejectDomainNameAccessAssociationRequest{}
		}
		return []need{q.ofDomain(actionRejectAssociation, in.DomainNameArn)}, nil
	}
	needs := []need{q.at(verb, at)}
	if q.call.Operation.Method == "POST" && len(q.requestTags()) > 0 {
		needs = append(needs, need{action: actionPut, resource: tagsARN(q.caller, at.arn(q.caller)+"/*"), scope: ofTags})
	}
	sensitive, err := q.sensitive(ctx, at)
	return append(needs, sensitive...), err
}

// needsOfTags returns the permissions for reading or changing the tags of a thing. Who changes them changes the
// thing, too.
func (q *inquiry) needsOfTags(verb string, at place) []need {
	arn := at.segments[1]
	tagged, ok := taggedPlace(q.caller, arn)
	if ok {
		arn = tagged.arn(q.caller)
	}
	needs := []need{{action: verb, resource: tagsARN(q.caller, arn), scope: ofTags}}
	if ok && q.call.Operation.Name != "GetTags" {
		needs = append(needs, q.at(actionPatch, tagged))
	}
	return needs
}

// at is the need for an action at a place.
func (q *inquiry) at(action string, p place) need {
	return need{action: action, resource: p.arn(q.caller), place: p}
}

// ofDomain is the need for an action on a private domain name, which may be another account's, by its ARN.
func (q *inquiry) ofDomain(action, arn string) need {
	p, ok := placeOfARN(arn)
	if !ok {
		return need{action: action, resource: cmp.Or(arn, "*"), scope: ofTags}
	}
	return q.at(action, p)
}

// sensitive returns the permissions that the call needs besides that for its verb and path.
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management (API operations).
func (q *inquiry) sensitive(ctx context.Context, at place) ([]need, error) {
	switch in := q.call.Input().(type) {
	case *apigw.CreateRestApiRequest:
		return q.forNewAPI(in, at), nil
	case *apigw.ImportRestApiRequest, *apigw.PutRestApiRequest:
		return q.forDocument(at), nil
	case *apigw.UpdateRestApiRequest:
		if len(patched(in.PatchOperations, "/policy")) > 0 {
			return []need{q.at(actionPolicy, at)}, nil
		}
	case *apigw.CreateDomainNameRequest:
		return q.forNewDomain(in, at), nil
	case *apigw.UpdateDomainNameRequest:
		return q.forChangedDomain(in.PatchOperations, at), nil
	case *apigw.DeleteDomainNameRequest:
		return q.forDeletedDomain(ctx, at)
	case *apigw.CreateDomainNameAccessAssociationRequest:
		return []need{q.ofDomain(actionCreateAssociation, in.DomainNameArn)}, nil
	case *apigw.CreateAuthorizerRequest:
		return forRoles(apigw.Value(in.AuthorizerCredentials)), nil
	case *apigw.UpdateAuthorizerRequest:
		return forRoles(patched(in.PatchOperations, "/authorizerCredentials")...), nil
	case *apigw.PutIntegrationRequest:
		return forRoles(apigw.Value(in.Credentials)), nil
	case *apigw.UpdateIntegrationRequest:
		return forRoles(patched(in.PatchOperations, "/credentials")...), nil
	case *apigw.UpdateAccountRequest:
		return forRoles(patched(in.PatchOperations, "/cloudwatchRoleArn")...), nil
	}
	return nil, nil
}

// forNewAPI returns what a new API needs besides. Who copies another API must be allowed to read that.
//
// Differs: docs/differences.md, cloneFrom.
func (q *inquiry) forNewAPI(in *apigw.CreateRestApiRequest, at place) (needs []need) {
	if apigw.Value(in.Policy) != "" {
		needs = append(needs, q.at(actionPolicy, at))
	}
	if from := apigw.Value(in.CloneFrom); from != "" {
		needs = append(needs, q.at(actionGet, place{owner: at.owner, segments: []string{"restapis", from}}))
	}
	return needs
}

// forDocument returns what the document of an import needs besides.
func (q *inquiry) forDocument(at place) (needs []need) {
	document := q.document()
	if document == nil {
		return nil
	}
	if apigw.Value(document.RestAPI.Policy) != "" {
		needs = append(needs, q.at(actionPolicy, at))
	}
	var roles []string
	for i := range document.Authorizers {
		roles = append(roles, apigw.Value(document.Authorizers[i].Value.AuthorizerCredentials))
	}
	for _, m := range methodsOf(document) {
		if m.MethodIntegration != nil {
			roles = append(roles, apigw.Value(m.MethodIntegration.Credentials))
		}
	}
	return append(needs, forRoles(roles...)...)
}

// forNewDomain returns what a new domain name needs besides.
func (q *inquiry) forNewDomain(in *apigw.CreateDomainNameRequest, at place) (needs []need) {
	if m := in.MutualTlsAuthentication; m != nil && apigw.Value(m.TruststoreUri) != "" {
		needs = append(needs, q.at(actionAddCertificate, at))
	}
	if apigw.Value(in.Policy) != "" {
		needs = append(needs, q.at(actionDomainPolicy, at))
	}
	return needs
}

// forChangedDomain returns what changes of a domain name need besides.
func (q *inquiry) forChangedDomain(ops []apigw.PatchOperation, at place) (needs []need) {
	added, removed := false, false
	for _, path := range []string{pathTruststore, pathTruststoreVersion} {
		for _, value := range patched(ops, path) {
			off := value == "" && path == pathTruststore
			added, removed = added || !off, removed || off
		}
	}
	for _, n := range []struct {
		wanted bool
		action string
	}{
		{added, actionAddCertificate},
		{removed, actionRemoveCertificate},
		{len(patched(ops, "/policy")) > 0, actionDomainPolicy},
		{len(patched(ops, "/managementPolicy")) > 0, actionManagementPolicy},
	} {
		if n.wanted {
			needs = append(needs, q.at(n.action, at))
		}
	}
	return needs
}

// forDeletedDomain returns what the deletion of a domain name needs besides: the end of its truststore, if it has
// one.
func (q *inquiry) forDeletedDomain(ctx context.Context, at place) ([]need, error) {
	d, err := q.domainName(ctx, at)
	if err != nil || d == nil || d.MutualTlsAuthentication == nil {
		return nil, err
	}
	return []need{q.at(actionRemoveCertificate, at)}, nil
}

// forRoles returns the permission to pass each of the roles to the service. What is no role needs none, such as
// the credentials of the caller.
//
// AWS: Grant a user permissions to pass a role to an AWS service.
func forRoles(arns ...string) (needs []need) {
	const parts = 6
	seen := map[string]bool{}
	for _, arn := range arns {
		part := strings.SplitN(arn, ":", parts)
		if len(part) != parts || part[2] != "iam" || !strings.HasPrefix(part[5], "role/") || seen[arn] {
			continue
		}
		seen[arn] = true
		needs = append(needs, need{action: actionPassRole, resource: arn, scope: ofRole, place: place{owner: part[4]}})
	}
	return needs
}

// patched returns the values that patch operations have for a path, "" for those without.
func patched(ops []apigw.PatchOperation, path string) (values []string) {
	for _, op := range ops {
		if apigw.Value(op.Path) == path {
			values = append(values, apigw.Value(op.Value))
		}
	}
	return values
}

// document returns the document of an import as the operation will read it, nil where it can't be read: then
// the operation refuses it.
func (q *inquiry) document() *openapi.API {
	if q.parsed {
		return q.described
	}
	q.parsed = true
	var body []byte
	var parameters map[string]string
	switch in := q.call.Input().(type) {
	case *apigw.ImportRestApiRequest:
		body, parameters = in.Body, in.Parameters
	case *apigw.PutRestApiRequest:
		body, parameters = in.Body, in.Parameters
	default:
		return nil
	}
	q.described, _ = openapi.Parse(body, openapi.Options{
		BasePath:            openapi.BasePathMode(parameters["basepath"]),
		IgnoreDocumentation: parameters["ignore"] == "documentation",
		AccountID:           q.caller.AccountID, Region: q.caller.Region, Partition: q.caller.Partition,
	})
	return q.described
}

// methodsOf returns the methods of a document.
func methodsOf(document *openapi.API) (methods []*apigw.Method) {
	for i := range document.Resources {
		for j := range document.Resources[i].Methods {
			methods = append(methods, &document.Resources[i].Methods[j].Shape)
		}
	}
	return methods
}
