package control

import (
	"fmt"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// api is one REST API within a transaction. It knows the keys of its parts and answers the
// questions that checks ask: which models, validators and authorizers there are.
type api struct {
	*tx
	keys store.API
}

// The answers to requests for what does not exist.
//
// Observed: which of them an operation gives for an unknown API depends on the operation: those on
// resources and below answer with the resource, those on one model or validator with
// the model or the validator.
var (
	errNoResource         = apigw.NotFound("Invalid Resource identifier specified")
	errNoMethod           = apigw.NotFound("Invalid Method identifier specified")
	errNoIntegration      = apigw.NotFound("Invalid Integration identifier specified")
	errNoResponse         = apigw.NotFound("Invalid Response status code specified")
	errNoRequestValidator = apigw.NotFound("Invalid Request Validator identifier specified")
	errNoAuthorizer       = apigw.NotFound("Invalid Authorizer identifier specified")
	errNoDeployment       = apigw.NotFound("Invalid Deployment identifier specified")
	errNoStage            = apigw.NotFound("Invalid stage identifier specified")
)

func errNoModel(name string) *apigw.Error {
	return apigw.NotFound("Invalid model name specified: " + name)
}

func (t *tx) errNoAPI(id string) *apigw.Error {
	return apigw.NotFound(fmt.Sprintf("Invalid API identifier specified %s:%s", t.caller.AccountID, id))
}

// place returns the API with that id, whether it exists or not. In an API that does not
// exist nothing exists.
func (t *tx) place(id string) *api { return &api{tx: t, keys: t.space.API(id)} }

// api returns the API with that id, NotFound where there is none.
func (t *tx) api(id string) (*api, error) {
	return t.apiOr(id, t.errNoAPI(id))
}

// apiOr is api with another error for the API that does not exist.
func (t *tx) apiOr(id string, missing *apigw.Error) (*api, error) {
	a := t.place(id)
	ok, err := t.exists(a.keys.Key())
	if err == nil && !ok {
		return nil, missing
	}
	return a, err
}

// record returns the API's own record.
func (a *api) record() (*apigw.RestApi, error) {
	return loadOr[apigw.RestApi](a.tx, a.keys.Key(), a.errNoAPI(a.keys.ID))
}

// resource returns a resource of the API.
func (a *api) resource(id string) (*apigw.Resource, error) {
	return loadOr[apigw.Resource](a.tx, a.keys.Resource(id), errNoResource)
}

// method returns a method of the API, after it has seen to the resource.
func (a *api) method(resource, verb string) (*apigw.Method, error) {
	if ok, err := a.exists(a.keys.Resource(resource)); err != nil {
		return nil, err
	} else if !ok {
		return nil, errNoResource
	}
	return loadOr[apigw.Method](a.tx, a.keys.Method(resource, verb), errNoMethod)
}

// saveMethod stores a method of the API.
func (a *api) saveMethod(resource string, m *apigw.Method) error {
	return save(a.tx, a.keys.Method(resource, apigw.Value(m.HttpMethod)), m)
}

// placedMethod is a method together with the resource that it is on.
type placedMethod struct {
	ResourceID string
	apigw.Method
}

// methods returns all methods of the API, ordered by resource id, then verb.
func (a *api) methods() ([]placedMethod, error) {
	var methods []placedMethod
	for key, value := range a.Scan(a.keys.Methods(), "") {
		m, err := decode[apigw.Method](key, value)
		if err != nil {
			return nil, err
		}
		name, _ := key.Name()
		methods = append(methods, placedMethod{ResourceID: name.Path[0], Method: *m})
	}
	return methods, a.Err()
}

// user names the first method of the API that uses is true of as "{resource path}/{verb}",
// "" where there is none.
func (a *api) user(uses func(*apigw.Method) bool) (string, error) {
	methods, err := a.methods()
	if err != nil {
		return "", err
	}
	for i := range methods {
		if !uses(&methods[i].Method) {
			continue
		}
		r, err := a.resource(methods[i].ResourceID)
		if err != nil {
			return "", err
		}
		return apigw.Value(r.Path) + "/" + apigw.Value(methods[i].HttpMethod), nil
	}
	return "", nil
}
