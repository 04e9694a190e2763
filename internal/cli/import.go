package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/remote"
)

// newImport returns the command that imports a document.
func newImport(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Import an OpenAPI file into a running server, and deploy it",
		Long: `Import an OpenAPI 3.0 or Swagger 2.0 document, JSON or YAML, into a running server: as a new API, or with
--api into one that exists. FILE "-" is the standard input. With --stage the API is deployed as well.

What is wrong with the document is told with its line and column. A document with errors changes nothing.` + remoteHelp,
		Example: "  sluice import petstore.yaml --stage prod\n  sluice import petstore.yaml --api petstore --overwrite --stage prod --var backend=localhost:3000",
		Args:    cobra.ExactArgs(1),
	}
	flags := addRemote(command, streams)
	in := &importFlags{}
	f := command.Flags()
	f.StringVar(&in.api, "api", "", "id or name of the `API` to change; a new one is made without it")
	f.BoolVar(&in.overwrite, "overwrite", false, "with --api: delete what the document does not have; without it the document is merged into the API")
	f.BoolVar(&in.failOnWarnings, "fail-on-warnings", false, "take warnings for errors")
	f.StringVar(&in.basePath, "basepath", "ignore", "what becomes of the document's base path: `MODE` ignore, prepend or split")
	f.StringVar(&in.endpoint, "endpoint", "", "`TYPE` of a new API's endpoint: EDGE, REGIONAL or PRIVATE")
	f.BoolVar(&in.ignoreDocumentation, "ignore-documentation", false, "leave the documentation parts of the document out")
	f.StringVar(&in.stage, "stage", "", "deploy the API to the stage of that `NAME`, which is made if there is none")
	f.StringArrayVar(&in.variables, "var", nil, "with --stage: stage variable, `NAME=VALUE`; may be repeated")
	f.StringVar(&in.description, "description", "", "with --stage: `TEXT` that describes the deployment")
	f.BoolVar(&in.json, "json", false, "print JSON")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if err := in.check(); err != nil {
			return err
		}
		client, err := flags.client()
		if err != nil {
			return err
		}
		return runImport(command.Context(), streams, client, in, arguments[0])
	}
	return command
}

// importFlags are the flags of the command.
type importFlags struct {
	api, basePath, endpoint                        string
	overwrite, failOnWarnings, ignoreDocumentation bool
	stage, description                             string
	variables                                      []string
	json                                           bool
}

// check finds flags that contradict each other or have no effect.
func (f *importFlags) check() error {
	const hint = "see `sluice import --help`"
	switch {
	case !slices.Contains([]string{"ignore", "prepend", "split"}, f.basePath):
		return usage(fmt.Errorf("--basepath: %q is none of ignore, prepend and split", f.basePath), hint)
	case f.endpoint != "" && !slices.Contains([]string{"EDGE", "REGIONAL", "PRIVATE"}, f.endpoint):
		return usage(fmt.Errorf("--endpoint: %q is none of EDGE, REGIONAL and PRIVATE", f.endpoint), hint)
	case f.overwrite && f.api == "":
		return usage(errors.New("--overwrite is for an API that exists"), "name it with --api")
	case f.endpoint != "" && f.api != "":
		return usage(errors.New("--endpoint is for a new API: an import does not change the endpoint type"), hint)
	case f.stage == "" && (len(f.variables) > 0 || f.description != ""):
		return usage(errors.New("--var and --description are for a deployment"), "name a stage with --stage")
	}
	return nil
}

// imported is what the command tells programs.
type imported struct {
	ID         string   `json:"id"`
	Name       string   `json:"name"`
	Warnings   []string `json:"warnings,omitempty"`
	Stage      string   `json:"stage,omitempty"`
	Deployment string   `json:"deploymentId,omitempty"`
}

// runImport imports a file and deploys it if that is wanted.
func runImport(ctx context.Context, streams Streams, client *remote.Client, in *importFlags, file string) error {
	variables, err := pairs("var", in.variables)
	if err != nil {
		return err
	}
	if file != "-" {
		if err := checkFile(file); err != nil {
			return err
		}
	}
	text, err := readInput(streams, file)
	if err != nil {
		return err
	}
	if file == "-" {
		file = "stdin" // as problems and answers name it
	}
	request := remote.Import{
		Document: text, Overwrite: in.overwrite, FailOnWarnings: in.failOnWarnings, BasePath: in.basePath,
		EndpointType: in.endpoint, IgnoreDocumentation: in.ignoreDocumentation,
	}
	if in.api != "" {
		api, err := client.RestAPI(ctx, in.api)
		if err != nil {
			return err
		}
		request.APIID = apigw.Value(api.Id)
	}
	answer, err := importDocument(ctx, streams.Err, client, request, file)
	if err != nil {
		return err
	}
	done := imported{ID: answer.ID, Name: answer.Name, Warnings: answer.Warnings, Stage: in.stage}
	if in.stage != "" {
		if done.Deployment, err = client.Deploy(ctx, answer.ID, in.stage, in.description, variables); err != nil {
			return fmt.Errorf("the API %s has been imported but not deployed: %w", answer.ID, err)
		}
	}
	if in.json {
		return printJSON(streams.Out, done)
	}
	return done.print(streams.Out, file, in.api != "")
}

// importDocument imports a document and tells its problems.
func importDocument(ctx context.Context, problemsTo io.Writer, client *remote.Client, request remote.Import, file string) (*remote.Imported, error) {
	document, problems := openapi.Parse(request.Document, openapi.Options{
		BasePath: openapi.BasePathMode(request.BasePath), IgnoreDocumentation: request.IgnoreDocumentation,
	})
	if document == nil {
		openapi.WriteProblems(problemsTo, file, request.Document, problems)
		return nil, fmt.Errorf("%s can't be read; nothing has been changed", file)
	}
	answer, err := client.Import(ctx, request)
	var refused *remote.Error
	switch {
	case errors.As(err, &refused) && refused.Status == 400:
		openapi.WriteProblems(problemsTo, file, request.Document, document.RefusalProblems(refused.Message, problems))
		return nil, fmt.Errorf("%s is refused; nothing has been changed", file)
	case err != nil:
		return nil, err
	}
	openapi.WriteProblems(problemsTo, file, request.Document, document.WarningProblems(answer.Warnings, problems))
	return answer, nil
}

// print tells people what has been done, and what comes next.
func (d *imported) print(out io.Writer, file string, existed bool) error {
	verb := "is the new API"
	if existed {
		verb = "has been imported into the API"
	}
	text := fmt.Sprintf("%s %s %s (%s).\n", file, verb, d.ID, d.Name)
	if d.Stage == "" {
		text += fmt.Sprintf("It is not deployed. Next: sluice import %s --api %s --stage NAME, or aws apigateway create-deployment.\n", file, d.ID)
	} else {
		text += fmt.Sprintf("The stage %s serves it as the deployment %s. Next: sluice routes %s %s\n", d.Stage, d.Deployment, d.ID, d.Stage)
	}
	_, err := io.WriteString(out, text)
	return err
}
