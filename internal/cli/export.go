package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/apigw"
)

// newExport returns the command that exports a stage.
func newExport(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "export API STAGE",
		Short: "Export what a stage serves as an OpenAPI document",
		Long: `Export what a stage of an API serves as a document. With the extensions of API Gateway, which are written
unless --extensions says otherwise, importing the document gives an equal API. API is an id or a name.

Extensions are a list, separated by commas, of integrations, authorizers, apigateway (both), documentation
and postman; "none" writes a plain document for people and other tools.` + remoteHelp,
		Example: "  sluice export petstore prod --output petstore.yaml\n  sluice export petstore prod --type swagger --extensions none",
		Args:    cobra.ExactArgs(2),
	}
	flags := addRemote(command, streams)
	output := command.Flags().StringP("output", "o", "-", "`FILE` to write; \"-\" is the standard output")
	format := command.Flags().String("type", "oas30", "`TYPE` of the document: oas30 (OpenAPI 3.0) or swagger (2.0)")
	extensions := command.Flags().String("extensions", "apigateway,documentation", "`LIST` of the extensions to write")
	yaml := command.Flags().Bool("yaml", false, "write YAML; the default is JSON unless the file's name ends in .yaml or .yml")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if !slices.Contains([]string{"oas30", "swagger"}, *format) {
			return usage(fmt.Errorf("--type: %q is neither oas30 nor swagger", *format), "see `sluice export --help`")
		}
		client, err := flags.client()
		if err != nil {
			return err
		}
		api, err := client.RestAPI(command.Context(), arguments[0])
		if err != nil {
			return err
		}
		if _, err := client.Stage(command.Context(), apigw.Value(api.Id), arguments[1]); err != nil {
			return err
		}
		if *extensions == "none" {
			*extensions = ""
		}
		accept := "application/json"
		if ending := strings.ToLower(filepath.Ext(*output)); *yaml || ending == ".yaml" || ending == ".yml" {
			accept = "application/yaml"
		}
		text, err := client.Export(command.Context(), apigw.Value(api.Id), arguments[1], *format, *extensions, accept)
		if err != nil {
			return err
		}
		if *output == "-" {
			_, err = streams.Out.Write(text)
			return err
		}
		return os.WriteFile(*output, text, 0o666)
	}
	return command
}
