package control

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// errNotCustomised answers the deletion of a gateway response that is what it always was.
var errNotCustomised = apigw.NotFound("Gateway response type not defined on api")

// completeGatewayResponse puts in the defaults of what a customisation does not say. What is stored and
// deployed is without them: the data plane tells a customisation that leaves the status or the body of
// an error alone from one that sets it to what it usually is.
func completeGatewayResponse(r *apigw.GatewayResponse) {
	if status, _ := r.ResponseType.DefaultStatus(); apigw.Value(r.StatusCode) == "" {
		r.StatusCode = nil
		if status != "" {
			r.StatusCode = &status
		}
	}
	if r.ResponseParameters == nil {
		r.ResponseParameters = map[string]string{}
	}
	if r.ResponseTemplates == nil {
		r.ResponseTemplates = map[string]string{"application/json": apigw.DefaultGatewayTemplate}
	}
}

func (c *Control) putGatewayResponse(ctx context.Context, in *apigw.PutGatewayResponseRequest) (*apigw.GatewayResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.GatewayResponse, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		r := &apigw.GatewayResponse{
			ResponseParameters: in.ResponseParameters,
			ResponseTemplates:  in.ResponseTemplates,
			ResponseType:       &in.ResponseType,
			StatusCode:         in.StatusCode,
		}
		return r, a.saveGatewayResponse(r)
	})
}

// saveGatewayResponse checks and stores a customisation, and completes it afterwards.
func (a *api) saveGatewayResponse(r *apigw.GatewayResponse) error {
	r.DefaultResponse = new(false)
	if apigw.Value(r.StatusCode) == "" {
		r.StatusCode = nil
	}
	if err := checkGatewayResponse(r); err != nil {
		return err
	}
	if err := save(a.tx, a.keys.GatewayResponse(string(*r.ResponseType)), r); err != nil {
		return err
	}
	completeGatewayResponse(r)
	return nil
}

// gatewayResponse returns the API's gateway response of a type, customised or not.
func (a *api) gatewayResponse(kind apigw.GatewayResponseType) (*apigw.GatewayResponse, error) {
	r, err := load[apigw.GatewayResponse](a.tx, a.keys.GatewayResponse(string(kind)))
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = &apigw.GatewayResponse{DefaultResponse: new(true), ResponseType: &kind}
	}
	completeGatewayResponse(r)
	return r, nil
}

// forgetDefaults takes the defaults out of r that were none of the customisation r was loaded from.
func (a *api) forgetDefaults(r *apigw.GatewayResponse) error {
	stored, err := load[apigw.GatewayResponse](a.tx, a.keys.GatewayResponse(string(*r.ResponseType)))
	if err != nil {
		return err
	}
	if stored == nil {
		stored = &apigw.GatewayResponse{}
	}
	if status, _ := r.ResponseType.DefaultStatus(); stored.StatusCode == nil && apigw.Value(r.StatusCode) == status {
		r.StatusCode = nil
	}
	if stored.ResponseTemplates == nil && len(r.ResponseTemplates) == 1 && r.ResponseTemplates["application/json"] == apigw.DefaultGatewayTemplate {
		r.ResponseTemplates = nil
	}
	return nil
}

func (c *Control) getGatewayResponse(ctx context.Context, in *apigw.GetGatewayResponseRequest) (*apigw.GatewayResponse, error) {
	return read(ctx, c, func(t *tx) (*apigw.GatewayResponse, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		return a.gatewayResponse(in.ResponseType)
	})
}

func (c *Control) getGatewayResponses(ctx context.Context, in *apigw.GetGatewayResponsesRequest) (*apigw.GatewayResponses, error) {
	return read(ctx, c, func(t *tx) (*apigw.GatewayResponses, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		var all []apigw.GatewayResponse
		for _, kind := range apigw.GatewayResponseTypes() {
			r, err := a.gatewayResponse(kind)
			if err != nil {
				return nil, err
			}
			all = append(all, *r)
		}
		items, next, err := page(all, func(r *apigw.GatewayResponse) string { return string(*r.ResponseType) }, in.Limit, in.Position)
		return &apigw.GatewayResponses{Items: items, Position: next}, err
	})
}

func (c *Control) updateGatewayResponse(ctx context.Context, in *apigw.UpdateGatewayResponseRequest) (*apigw.GatewayResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.GatewayResponse, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		r, err := a.gatewayResponse(in.ResponseType)
		if err != nil || len(in.PatchOperations) == 0 {
			return r, err
		}
		if err := gatewayResponsePatch.Apply(r, in.PatchOperations); err != nil {
			return nil, err
		}
		if r.ResponseTemplates == nil {
			r.ResponseTemplates = map[string]string{} // the last one was removed, it does not come back
		}
		if err := a.forgetDefaults(r); err != nil {
			return nil, err
		}
		return r, a.saveGatewayResponse(r)
	})
}

func (c *Control) deleteGatewayResponse(ctx context.Context, in *apigw.DeleteGatewayResponseRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		key := a.keys.GatewayResponse(string(in.ResponseType))
		if ok, err := t.exists(key); err != nil {
			return nil, err
		} else if !ok {
			return nil, errNotCustomised
		}
		return &apigw.Empty{}, t.Delete(key)
	})
}

// statusCode is the pattern of status codes in the model.
var statusCode = regexp.MustCompile(`^[1-5]\d\d$`)

// checkGatewayResponse says whether a customisation is lawful.
//
// AWS: "Set up gateway responses to customize error responses".
func checkGatewayResponse(r *apigw.GatewayResponse) error {
	if r.StatusCode != nil && !statusCode.MatchString(*r.StatusCode) {
		return apigw.BadRequest("Invalid status code specified: " + *r.StatusCode)
	}
	problems := parameterProblems(r.ResponseParameters, "gatewayresponse", "header", "path", "querystring")
	for _, key := range slices.Sorted(maps.Keys(r.ResponseParameters)) {
		if p := gatewayResponseValueProblem(r.ResponseParameters[key]); p != "" {
			problems = append(problems, p)
		}
	}
	if err := mappingError(problems); err != nil {
		return err
	}
	return templateError(contentTypeProblems(r.ResponseTemplates))
}

// gatewayResponseValueProblem says what is wrong with the value of a parameter of a gateway
// response, "" where nothing is: it is a quoted literal or names something of the request.
func gatewayResponseValueProblem(value string) string {
	if inner, ok := strings.CutPrefix(value, "'"); ok && strings.Index(inner, "'") == len(inner)-1 {
		return ""
	}
	for _, prefix := range []string{"context.", "stageVariables."} {
		if name, ok := strings.CutPrefix(value, prefix); ok && name != "" {
			return ""
		}
	}
	return parameterProblem(value, "method.request", methodRequestPlaces...)
}

// gatewayResponsePatch is what UpdateGatewayResponse may change.
var gatewayResponsePatch = patch.Table[apigw.GatewayResponse]{
	Resource: "GatewayResponse",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.GatewayResponse]{
		patch.Text("/statusCode", func(r *apigw.GatewayResponse) **string { return &r.StatusCode }),
		patch.Entries("/responseParameters/{name}", noParameter, func(r *apigw.GatewayResponse) *map[string]string { return &r.ResponseParameters }, patch.ParseText),
		patch.Entries("/responseTemplates/{type}", "", func(r *apigw.GatewayResponse) *map[string]string { return &r.ResponseTemplates }, patch.ParseText),
	},
}
