package control

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
	"github.com/sluice-gateway/sluice/vtl"
)

func (c *Control) putIntegrationResponse(ctx context.Context, in *apigw.PutIntegrationResponseRequest) (*apigw.IntegrationResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.IntegrationResponse, error) {
		a := t.place(in.RestApiId)
		m, err := a.integrated(in.ResourceId, in.HttpMethod)
		if err != nil {
			return nil, err
		}
		r := &apigw.IntegrationResponse{
			ContentHandling:    in.ContentHandling,
			ResponseParameters: in.ResponseParameters,
			ResponseTemplates:  in.ResponseTemplates,
			SelectionPattern:   in.SelectionPattern,
			StatusCode:         &in.StatusCode,
		}
		if err := a.setIntegrationResponse(m, r); err != nil {
			return nil, err
		}
		return r, a.saveMethod(in.ResourceId, m)
	})
}

// setIntegrationResponse gives the integration of a method a response, in place of the one that its status
// has, if it is lawful.
func (t *tx) setIntegrationResponse(m *apigw.Method, r *apigw.IntegrationResponse) error {
	completeTemplates(r.ResponseTemplates)
	if err := t.checkIntegrationResponse(m, r); err != nil {
		return err
	}
	i := m.MethodIntegration
	if i.IntegrationResponses == nil {
		i.IntegrationResponses = map[string]apigw.IntegrationResponse{}
	}
	i.IntegrationResponses[*r.StatusCode] = *r
	return nil
}

// checkIntegrationResponse says whether a response is lawful on a method, which has an integration.
func (t *tx) checkIntegrationResponse(m *apigw.Method, r *apigw.IntegrationResponse) error {
	var declared *apigw.MethodResponse
	if response, ok := m.MethodResponses[*r.StatusCode]; ok {
		declared = &response
	}
	if err := checkResponseParameters(r.ResponseParameters, declared); err != nil {
		return err
	}
	if err := t.checkTemplates(r.ResponseTemplates); err != nil {
		return err
	}
	pattern := apigw.Value(r.SelectionPattern)
	if !isPattern(pattern) {
		return apigw.BadRequest("Invalid regex pattern specified")
	}
	others := m.MethodIntegration.IntegrationResponses
	for _, status := range slices.Sorted(maps.Keys(others)) {
		other := others[status]
		if status != *r.StatusCode && apigw.Value(other.SelectionPattern) == pattern {
			if pattern == "" {
				pattern = "default"
			}
			return apigw.Conflict("Integration response with selection pattern " + pattern + " already exists")
		}
	}
	return nil
}

// isPattern reports whether a text is a regular expression of Java's, which the service's are.
func isPattern(text string) bool {
	_, err := vtl.CompileJavaPattern(text, patternChecker{}, time.Second)
	return err == nil
}

// patternChecker compiles the patterns that package regexp can't, and matches none: patterns are only checked here.
type patternChecker struct{}

// Compile implements [vtl.RegexpEngine].
func (p patternChecker) Compile(pattern string, _ time.Duration) (vtl.Regexp, error) {
	_, err := regexp2.Compile(pattern)
	return p, err
}

// Next implements [vtl.Regexp]. It finds nothing.
func (patternChecker) Next(string, int) ([]int, error) { return nil, nil }

func (c *Control) getIntegrationResponse(ctx context.Context, in *apigw.GetIntegrationResponseRequest) (*apigw.IntegrationResponse, error) {
	return read(ctx, c, func(t *tx) (*apigw.IntegrationResponse, error) {
		_, r, err := t.place(in.RestApiId).integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		return r, err
	})
}

// integrationResponse returns an integration response and its method.
func (a *api) integrationResponse(resource, verb, status string) (*apigw.Method, *apigw.IntegrationResponse, error) {
	m, err := a.integrated(resource, verb)
	if err != nil {
		return nil, nil, err
	}
	r, ok := m.MethodIntegration.IntegrationResponses[status]
	if !ok {
		return nil, nil, errNoResponse
	}
	return m, &r, nil
}

func (c *Control) updateIntegrationResponse(ctx context.Context, in *apigw.UpdateIntegrationResponseRequest) (*apigw.IntegrationResponse, error) {
	return change(ctx, c, func(t *tx) (*apigw.IntegrationResponse, error) {
		a := t.place(in.RestApiId)
		m, r, err := a.integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if err != nil {
			return nil, err
		}
		if err := integrationResponsePatch.Apply(r, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := a.setIntegrationResponse(m, r); err != nil {
			return nil, err
		}
		return r, a.saveMethod(in.ResourceId, m)
	})
}

// deleteIntegrationResponse deletes a response.
//
// Observed: where there is no method, the answer is the one for a missing integration.
func (c *Control) deleteIntegrationResponse(ctx context.Context, in *apigw.DeleteIntegrationResponseRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		a := t.place(in.RestApiId)
		m, _, err := a.integrationResponse(in.ResourceId, in.HttpMethod, in.StatusCode)
		if errors.Is(err, errNoMethod) {
			err = errNoIntegration
		}
		if err != nil {
			return nil, err
		}
		i := m.MethodIntegration
		if delete(i.IntegrationResponses, in.StatusCode); len(i.IntegrationResponses) == 0 {
			i.IntegrationResponses = nil
		}
		return &apigw.Empty{}, a.saveMethod(in.ResourceId, m)
	})
}

// integrationResponsePatch is what UpdateIntegrationResponse may change.
var integrationResponsePatch = patch.Table[apigw.IntegrationResponse]{
	Resource: "IntegrationResponse",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.IntegrationResponse]{
		{
			Path: "/selectionPattern", Ops: patch.Replace, Value: "regular expression; empty makes this the default response",
			Apply: func(r *apigw.IntegrationResponse, c patch.Change) error {
				r.SelectionPattern = c.Value
				return nil
			},
		},
		contentHandlingRow(func(r *apigw.IntegrationResponse) **apigw.ContentHandlingStrategy { return &r.ContentHandling }),
		patch.Entries("/responseParameters/{name}", noParameter,
			func(r *apigw.IntegrationResponse) *map[string]string { return &r.ResponseParameters }, patch.ParseText),
		patch.Entries("/responseTemplates/{type}", "",
			func(r *apigw.IntegrationResponse) *map[string]*string { return &r.ResponseTemplates }, parseTemplate),
	},
}
