package control

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// verbs are the HTTP methods that a method or an integration may have, in the order in
// which the service names them.
var verbs = []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}

// checkVerb says whether verb can be the HTTP method of a method or of an integration.
func checkVerb(verb string) error {
	if !slices.Contains(verbs, verb) {
		return apigw.BadRequest("Invalid HttpMethod specified. Valid options are " + strings.Join(verbs, ","))
	}
	return nil
}

// The authorization types of methods.
const (
	authorizationNone    = "NONE"
	authorizationIAM     = "AWS_IAM"
	authorizationCustom  = "CUSTOM"
	authorizationCognito = "COGNITO_USER_POOLS"
)

var authorizationTypes = []string{authorizationNone, authorizationIAM, authorizationCustom, authorizationCognito}

// completeMethod puts in the defaults of what a new method does not say. Empty texts and
// lists count as not given.
func completeMethod(m *apigw.Method) {
	if m.ApiKeyRequired == nil {
		m.ApiKeyRequired = new(false)
	}
	for _, text := range []**string{&m.AuthorizerId, &m.OperationName, &m.RequestValidatorId} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	if len(m.AuthorizationScopes) == 0 {
		m.AuthorizationScopes = nil
	}
}

// checkMethod says whether a method, whose verb is lawful, is. It does not look at the
// integration and the responses.
func (a *api) checkMethod(m *apigw.Method) error {
	if err := a.checkAuthorization(m); err != nil {
		return err
	}
	if err := mappingError(parameterProblems(m.RequestParameters, "method.request", methodRequestPlaces...)); err != nil {
		return err
	}
	if err := a.checkModels(m.RequestModels); err != nil {
		return err
	}
	if m.RequestValidatorId != nil {
		ok, err := a.exists(a.keys.RequestValidator(*m.RequestValidatorId))
		if err != nil {
			return err
		}
		if !ok {
			return apigw.BadRequest(errNoRequestValidator.Message)
		}
	}
	return nil
}

// checkAuthorization says whether a method's authorization type, authorizer and scopes fit.
func (a *api) checkAuthorization(m *apigw.Method) error {
	kind := apigw.Value(m.AuthorizationType)
	if !slices.Contains(authorizationTypes, kind) {
		return apigw.BadRequest("Invalid AuthorizationType specified. Valid options are " + strings.Join(authorizationTypes, ","))
	}
	if kind == authorizationCustom || kind == authorizationCognito {
		authorizer, err := load[apigw.Authorizer](a.tx, a.keys.Authorizer(apigw.Value(m.AuthorizerId)))
		if err != nil {
			return err
		}
		if authorizer == nil || (apigw.Value(authorizer.Type) == apigw.AuthorizerTypeCognitoUserPools) != (kind == authorizationCognito) {
			return apigw.BadRequest("Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
		}
	}
	if len(m.AuthorizationScopes) > 0 && kind != authorizationCognito {
		return apigw.BadRequest("Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type")
	}
	return nil
}

// checkModels says whether a map from content types to models names models that exist.
func (a *api) checkModels(models map[string]string) error {
	if err := templateError(contentTypeProblems(models)); err != nil {
		return err
	}
	for _, contentType := range slices.Sorted(maps.Keys(models)) {
		ok, err := a.exists(a.keys.Model(models[contentType]))
		if err != nil {
			return err
		}
		if !ok {
			return apigw.BadRequest("Invalid model identifier specified: " + models[contentType])
		}
	}
	return nil
}

// noParameter is what the service says of a declared parameter that is to be replaced or
// removed and is not there.
const noParameter = "Invalid parameter name specified"

// methodPatch is what UpdateMethod may change.
var methodPatch = patch.Table[apigw.Method]{
	Resource: "Method",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.Method]{
		patch.Flag("/apiKeyRequired", func(m *apigw.Method) **bool { return &m.ApiKeyRequired }),
		patch.Choice("/authorizationType", "AuthorizationType", authorizationTypes, func(m *apigw.Method) **string { return &m.AuthorizationType }),
		patch.Text("/authorizerId", func(m *apigw.Method) **string { return &m.AuthorizerId }),
		patch.Elements("/authorizationScopes", func(m *apigw.Method) *[]string { return &m.AuthorizationScopes }),
		patch.Text("/operationName", func(m *apigw.Method) **string { return &m.OperationName }),
		patch.Text("/requestValidatorId", func(m *apigw.Method) **string { return &m.RequestValidatorId }),
		patch.Entries("/requestParameters/{name}", noParameter, func(m *apigw.Method) *map[string]bool { return &m.RequestParameters }, patch.ParseFlag),
		patch.Entries("/requestModels/{type}", "", func(m *apigw.Method) *map[string]string { return &m.RequestModels }, patch.ParseText),
	},
}
