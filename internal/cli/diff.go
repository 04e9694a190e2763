package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/remote"
)

// errDifferent is the error that makes a difference the exit status.
var errDifferent = errors.New("a deployment would change the stage")

// newDiff returns the command that tells what a deployment would change.
func newDiff(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "diff API STAGE",
		Short: "Show what a deployment of an API would change on a stage",
		Long: `Compare what a stage of an API serves with what a deployment would make of the API as it is now. API is an id or
a name. Lines begin with + for what would be added, - for what would be removed, ~ for what would be changed.

Compared is what an export shows. That leaves out resources without methods, models that are not JSON,
descriptions of models and endpoint configurations; stage settings take effect without a deployment.` + remoteHelp,
		Args: cobra.ExactArgs(2),
	}
	flags := addRemote(command, streams)
	asJSON := command.Flags().Bool("json", false, "print JSON")
	exitCode := command.Flags().Bool("exit-code", false, "exit with status 1 if there is a difference")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		client, err := flags.client()
		if err != nil {
			return err
		}
		stage, api, err := findStage(command, client, arguments)
		if err != nil {
			return err
		}
		changes, err := changesOf(command, client, api, stage)
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(streams.Out, changes)
		} else {
			err = printChanges(streams.Out, api, stage, changes)
		}
		if err == nil && *exitCode && len(changes) > 0 {
			return errDifferent
		}
		return err
	}
	return command
}

// findStage returns the stage that two arguments name, and its API.
func findStage(command *cobra.Command, client *remote.Client, arguments []string) (*remote.Stage, *remote.RestAPI, error) {
	api, err := client.RestAPI(command.Context(), arguments[0])
	if err != nil {
		return nil, nil, err
	}
	stage, err := client.Stage(command.Context(), apigw.Value(api.Id), arguments[1])
	return stage, api, err
}

// changesOf compares the stage with the API. Both are written by the same exporter, so that what is not
// said and what is the default are one.
func changesOf(command *cobra.Command, client *remote.Client, api *remote.RestAPI, stage *remote.Stage) ([]openapi.Change, error) {
	ctx, id := command.Context(), apigw.Value(api.Id)
	served, err := client.Export(ctx, id, apigw.Value(stage.StageName), string(openapi.FormatOpenAPI), "apigateway", "application/json")
	if err != nil {
		return nil, err
	}
	deployment, err := client.Deployment(ctx, id, apigw.Value(stage.DeploymentId))
	if err != nil {
		return nil, err
	}
	frozen, err := client.WorkingCopy(ctx, api)
	if err != nil {
		return nil, err
	}
	frozen.CreatedDate = deployment.CreatedDate.Time // stands for the version of an API that has none
	next, err := openapi.Export(frozen, openapi.ExportOptions{
		Format: openapi.FormatOpenAPI, Stage: apigw.Value(stage.StageName), Integrations: true, Authorizers: true,
	})
	if err != nil {
		return nil, err
	}
	return openapi.Diff(served, next.Text)
}

// changeMarks begin the lines of changes.
var changeMarks = map[openapi.ChangeKind]string{openapi.Added: "+", openapi.Removed: "-", openapi.Changed: "~"}

// printChanges prints changes for people.
func printChanges(out io.Writer, api *remote.RestAPI, stage *remote.Stage, changes []openapi.Change) error {
	id, name := apigw.Value(api.Id), apigw.Value(stage.StageName)
	if len(changes) == 0 {
		_, err := fmt.Fprintf(out, "The stage %s serves the API %s (%s) as it is; a deployment would change nothing.\n", name, id, apigw.Value(api.Name))
		return err
	}
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%s %s\n", changeMarks[c.Kind], c.What)
		for _, m := range c.Members {
			fmt.Fprintf(&b, "    %s: %s -> %s\n", m.Member, shown(m.Before), shown(m.After))
		}
	}
	fmt.Fprintf(&b, "\nDeploy it with: aws apigateway create-deployment --rest-api-id %s --stage-name %s\n", id, name)
	_, err := io.WriteString(out, b.String())
	return err
}

// maxShown is how many characters of a value are shown.
const maxShown = 100

// shown returns a value for people.
func shown(text string) string {
	if text == "" {
		return "(none)"
	}
	if characters := []rune(text); len(characters) > maxShown {
		return string(characters[:maxShown]) + "..."
	}
	return text
}
