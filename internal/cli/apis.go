package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/remote"
)

// newAPIs returns the command that lists APIs.
func newAPIs(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "apis",
		Short: "List the REST APIs of a running server with their stages",
		Long: `List the REST APIs of a running server, sorted by name, with their stages and the deployment that each
stage serves.` + remoteHelp,
		Args: cobra.NoArgs,
	}
	flags := addRemote(command, streams)
	asJSON := command.Flags().Bool("json", false, "print JSON")
	command.RunE = func(command *cobra.Command, _ []string) error {
		client, err := flags.client()
		if err != nil {
			return err
		}
		apis, err := listAPIs(command.Context(), client)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(streams.Out, apis)
		}
		if len(apis) == 0 {
			_, err := fmt.Fprintf(streams.Out, "There are no APIs in this account and region. Make one with `sluice import FILE`.\n")
			return err
		}
		return printAPIs(streams.Out, apis)
	}
	return command
}

// listedAPI is an API as the command shows it.
type listedAPI struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Version  string        `json:"version,omitempty"`
	Endpoint string        `json:"endpointType"`
	Created  time.Time     `json:"createdDate"`
	Stages   []listedStage `json:"stages"`
}

// listedStage is a stage as the command shows it.
type listedStage struct {
	Name       string    `json:"name"`
	Deployment string    `json:"deploymentId"`
	Updated    time.Time `json:"lastUpdatedDate"`
}

// listAPIs returns all APIs with their stages.
func listAPIs(ctx context.Context, client *remote.Client) ([]listedAPI, error) {
	all, err := client.RestAPIs(ctx)
	if err != nil {
		return nil, err
	}
	listed := make([]listedAPI, 0, len(all))
	for i := range all {
		api := listedAPI{
			ID: apigw.Value(all[i].Id), Name: apigw.Value(all[i].Name), Version: apigw.Value(all[i].Version),
			Created: all[i].CreatedDate.Time, Stages: []listedStage{},
		}
		if e := all[i].EndpointConfiguration; e != nil && len(e.Types) > 0 {
			api.Endpoint = string(e.Types[0])
		}
		stages, err := client.Stages(ctx, api.ID)
		if err != nil {
			return nil, err
		}
		for j := range stages {
			api.Stages = append(api.Stages, listedStage{
				Name: apigw.Value(stages[j].StageName), Deployment: apigw.Value(stages[j].DeploymentId), Updated: stages[j].LastUpdatedDate.Time,
			})
		}
		slices.SortFunc(api.Stages, func(a, b listedStage) int { return strings.Compare(a.Name, b.Name) })
		listed = append(listed, api)
	}
	slices.SortFunc(listed, func(a, b listedAPI) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return listed, nil
}

// printAPIs prints APIs as a table.
func printAPIs(out io.Writer, apis []listedAPI) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "ID\tNAME\tVERSION\tENDPOINT\tSTAGES\n") // Flush tells
	for _, api := range apis {
		names := make([]string, 0, len(api.Stages))
		for _, s := range api.Stages {
			names = append(names, s.Name)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", api.ID, api.Name, orDash(api.Version), orDash(api.Endpoint), orDash(strings.Join(names, ", ")))
	}
	return w.Flush()
}

// orDash returns text, or a dash in the place of none.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// printJSON prints a value as JSON for programs.
func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
