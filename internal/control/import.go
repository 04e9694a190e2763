package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// An import is one transaction: the document is taken apart by package openapi, then each part is
// checked and stored by the functions that the single operations use. Refusals are
// collected, so that the author sees all of them; if there is one, nothing is kept.

func (c *Control) importRestApi(ctx context.Context, in *apigw.ImportRestApiRequest) (*apigw.RestApi, error) {
	document, problems, err := c.readDocument(ctx, in.Body, in.Parameters)
	if err != nil {
		return nil, err
	}
	endpoint, err := endpointConfigurationOf(in.Parameters)
	if err != nil {
		return nil, err
	}
	return change(ctx, c, func(t *tx) (*apigw.RestApi, error) {
		described := document.RestAPI
		described.EndpointConfiguration = mergedEndpoint(endpoint, described.EndpointConfiguration)
		a, record, err := t.createAPI(&described)
		var refused *apigw.Error
		if errors.As(err, &refused) && refused.Status == http.StatusBadRequest { // a limit of the account is not the document's mistake
			return nil, refusal(append(slices.Clone(problems), problemOf("", refused)), false)
		}
		if err != nil {
			return nil, err
		}
		im := &importer{api: a, document: document, problems: slices.Clone(problems), ignoreDocumentation: ignoresDocumentation(in.Parameters)}
		if err := im.run(apigw.Value(in.FailOnWarnings)); err != nil {
			return nil, err
		}
		return withWarnings(shownRestAPI(record), im.problems), nil
	})
}

func (c *Control) putRestApi(ctx context.Context, in *apigw.PutRestApiRequest) (*apigw.RestApi, error) {
	document, problems, err := c.readDocument(ctx, in.Body, in.Parameters)
	if err != nil {
		return nil, err
	}
	return change(ctx, c, func(t *tx) (*apigw.RestApi, error) {
		a := t.place(in.RestApiId)
		record, err := a.record()
		if err != nil {
			return nil, err
		}
		im := &importer{
			api:       a,
			document:  document,
			problems:  slices.Clone(problems),
			overwrite: apigw.Value(in.Mode) == apigw.PutModeOverwrite,

			ignoreDocumentation: ignoresDocumentation(in.Parameters),
		}
		im.describe(record)
		if err := im.try("", t.saveRestAPI(a, record)); err != nil {
			return nil, err
		}
		if err := im.run(apigw.Value(in.FailOnWarnings)); err != nil {
			return nil, err
		}
		return withWarnings(withTags(shownRestAPI(record)), im.problems), nil
	})
}

// readDocument takes a document apart. Where nothing can be made of it the refusal is the error.
func (c *Control) readDocument(ctx context.Context, body []byte, parameters map[string]string) (*openapi.API, []openapi.Problem, error) {
	if exceeds(len(body), c.limits.DocumentBytes) {
		return nil, nil, apigw.LimitExceeded(fmt.Sprintf("The document exceeds the maximum size of %d bytes", c.limits.DocumentBytes))
	}
	mode := openapi.BasePathMode(parameters["basepath"])
	switch mode {
	case "", openapi.BasePathIgnore, openapi.BasePathPrepend, openapi.BasePathSplit:
	default:
		return nil, nil, apigw.BadRequest("Invalid basepath specified. Valid options are ignore,prepend,split")
	}
	caller := restjson.CallerFrom(ctx)
	document, problems := openapi.Parse(body, openapi.Options{
		BasePath:            mode,
		IgnoreDocumentation: ignoresDocumentation(parameters),
		AccountID:           caller.AccountID,
		Region:              caller.Region,
		Partition:           caller.Partition,
	})
	if document == nil {
		return nil, nil, refusal(problems, false)
	}
	return document, problems, nil
}

// ignoresDocumentation reports whether the parameters of an import ask to leave the documentation out.
func ignoresDocumentation(parameters map[string]string) bool {
	return parameters["ignore"] == "documentation"
}

// endpointConfigurationOf returns the endpoint configuration that the parameters of an import ask for.
func endpointConfigurationOf(parameters map[string]string) (*apigw.EndpointConfiguration, error) {
	text, ok := parameters["endpointConfigurationTypes"]
	if !ok {
		return nil, nil
	}
	kind := apigw.EndpointType(text)
	if !slices.Contains(endpointTypes, kind) {
		return nil, apigw.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	return &apigw.EndpointConfiguration{Types: []apigw.EndpointType{kind}}, nil
}

// mergedEndpoint puts the VPC endpoints that a document names into an endpoint configuration.
func mergedEndpoint(base, document *apigw.EndpointConfiguration) *apigw.EndpointConfiguration {
	if document == nil {
		return base
	}
	merged := apigw.Value(base)
	merged.VpcEndpointIds = document.VpcEndpointIds
	return &merged
}

// withWarnings gives an answer the warnings of its import.
func withWarnings(shown *apigw.RestApi, problems []openapi.Problem) *apigw.RestApi {
	shown.Warnings = openapi.Warnings(problems)
	return shown
}

// refusal returns the error for the problems of a document, nil where they do not stop the import.
func refusal(problems []openapi.Problem, failOnWarnings bool) error {
	if text, refused := openapi.Refusal(problems, failOnWarnings); refused {
		return apigw.BadRequest(text)
	}
	return nil
}

// problemOf returns the refusal of one step as a problem of the document.
func problemOf(frame string, refused *apigw.Error) openapi.Problem {
	return openapi.Problem{Severity: openapi.SeverityError, Message: frame + refused.Message, Service: true}
}

// importer stores what a document describes in an API that exists.
type importer struct {
	*api
	document  *openapi.API
	problems  []openapi.Problem
	overwrite bool // what the document does not have is deleted

	ignoreDocumentation bool // the documentation parts of the API stay as they are

	resources   map[string]string // path to id
	validators  map[string]string // name to id
	authorizers map[string]string // name to id
}

// run carries out the import and returns the refusal if there is one.
func (im *importer) run(failOnWarnings bool) error {
	steps := []func() error{
		im.clear, im.putModels, im.putRequestValidators, im.putAuthorizers, im.putGatewayResponses,
		im.putResources, im.putMethods, im.putDocumentation,
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return refusal(im.problems, failOnWarnings)
}

// try notes a refusal as a problem of the document. Errors of other kinds come back.
func (im *importer) try(frame string, err error) error {
	var refused *apigw.Error
	if !errors.As(err, &refused) {
		return err
	}
	im.problems = append(im.problems, problemOf(frame, refused))
	return nil
}

// describe changes the API's own record as the document says. What belongs to the place of the
// API, such as its endpoint type, is not the document's to change.
func (im *importer) describe(record *apigw.RestApi) {
	described := &im.document.RestAPI
	setText(&record.Name, described.Name)
	setText(&record.Version, described.Version)
	setText(&record.Policy, described.Policy)
	if im.overwrite {
		record.Description = described.Description
		record.BinaryMediaTypes = nil
	}
	setText(&record.Description, described.Description)
	for _, mediaType := range described.BinaryMediaTypes {
		if !slices.Contains(record.BinaryMediaTypes, mediaType) {
			record.BinaryMediaTypes = append(record.BinaryMediaTypes, mediaType)
		}
	}
	if described.ApiKeySource != nil {
		record.ApiKeySource = described.ApiKeySource
	}
	if described.MinimumCompressionSize != nil {
		record.MinimumCompressionSize = described.MinimumCompressionSize
	}
	if described.DisableExecuteApiEndpoint != nil {
		record.DisableExecuteApiEndpoint = described.DisableExecuteApiEndpoint
	}
	if described.SecurityPolicy != nil {
		record.SecurityPolicy = described.SecurityPolicy
	}
	if described.EndpointAccessMode != nil {
		record.EndpointAccessMode = described.EndpointAccessMode
	}
	record.EndpointConfiguration = mergedEndpoint(record.EndpointConfiguration, described.EndpointConfiguration)
}

// setText sets a text that is given.
func setText(to **string, text *string) {
	if text != nil && strings.TrimSpace(*text) != "" {
		*to = text
	}
}
