package control

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
)

func (c *Control) getExport(ctx context.Context, in *apigw.GetExportRequest) (*apigw.ExportResponse, error) {
	options, err := exportOptions(in)
	if err != nil {
		return nil, err
	}
	return read(ctx, c, func(t *tx) (*apigw.ExportResponse, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		s, err := a.stage(in.StageName)
		if err != nil {
			return nil, err
		}
		frozen, err := a.snapshot(apigw.Value(s.DeploymentId))
		if err != nil {
			return nil, err
		}
		if s.DocumentationVersion != nil {
			v, err := a.documentationVersion(*s.DocumentationVersion)
			if err != nil {
				return nil, err
			}
			options.Documentation = &openapi.ExportDocumentation{Version: *v.Version, CreatedDate: *v.CreatedDate, Parts: v.Parts}
		}
		document, err := openapi.Export(frozen, options)
		var refused *openapi.ExportError
		if errors.As(err, &refused) {
			return nil, apigw.BadRequest(refused.Message)
		}
		if err != nil {
			return nil, err
		}
		return exported(document, options), nil
	})
}

// exported returns the answer that carries a document.
//
// Observed: the content type says nothing of the format, the file's name does.
func exported(document *openapi.Document, options openapi.ExportOptions) *apigw.ExportResponse {
	ending := "json"
	if options.YAML {
		ending = "yaml"
	}
	return &apigw.ExportResponse{
		Body:               document.Text,
		ContentType:        new("application/octet-stream"),
		ContentDisposition: new(fmt.Sprintf("attachment; filename=%q", string(options.Format)+"_"+document.Version+"."+ending)),
	}
}

// exportOptions returns what a request asks to be written.
func exportOptions(in *apigw.GetExportRequest) (options openapi.ExportOptions, err error) {
	options.Stage = in.StageName
	options.Format = openapi.Format(in.ExportType)
	if options.Format != openapi.FormatOpenAPI && options.Format != openapi.FormatSwagger {
		return options, apigw.BadRequest("No API exporter for type '" + in.ExportType + "'")
	}
	options.YAML = strings.Contains(strings.ToLower(apigw.Value(in.Accepts)), "yaml")
	for word := range strings.SplitSeq(in.Parameters["extensions"], ",") {
		switch strings.TrimSpace(word) {
		case "":
		case "integrations":
			options.Integrations = true
		case "apigateway":
			options.Integrations, options.Authorizers = true, true
		case "authorizers":
			options.Authorizers = true
		case "documentation":
			options.DocumentationParts = true
		case "postman":
			options.Postman = true
		default:
			return options, apigw.BadRequest("Invalid extensions specified: " + word + ". Valid options are integrations,apigateway,authorizers,documentation,postman")
		}
	}
	return options, nil
}
