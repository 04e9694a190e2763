package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/dev"
	"github.com/sluice-gateway/sluice/internal/openapi"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/remote"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// newRoutes returns the command that prints the routes of a stage.
func newRoutes(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "routes API STAGE",
		Short: "Print the routes of a stage as a tree, with their integrations",
		Long: `Print what a stage of an API serves: the tree of its resources and, for each method, who may call it and what
it calls, with the stage's variables in their places. API is an id or a name.

The stage is exported and compiled as the gateway compiles it; what the compiler finds is told below
the tree. A canary is left out: the routes are those of the stage's own deployment.` + remoteHelp,
		Args: cobra.ExactArgs(2),
	}
	flags := addRemote(command, streams)
	asJSON := command.Flags().Bool("json", false, "print JSON")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		client, err := flags.client()
		if err != nil {
			return err
		}
		stage, api, err := findStage(command, client, arguments)
		if err != nil {
			return err
		}
		tree, err := compileStage(command.Context(), client, api, stage)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(streams.Out, tree)
		}
		return tree.print(streams.Out)
	}
	return command
}

// routeTree is the routes of a stage.
type routeTree struct {
	API        string       `json:"api"`
	Name       string       `json:"name"`
	Stage      string       `json:"stage"`
	Deployment string       `json:"deploymentId"`
	Routes     []stageRoute `json:"routes"` // parents before children
	Findings   []string     `json:"findings,omitempty"`
}

// stageRoute is a resource; those without methods only lead to others.
type stageRoute struct {
	Path    string        `json:"path"`
	Methods []routeMethod `json:"methods,omitempty"`
}

// routeMethod is a method of a resource.
type routeMethod struct {
	Verb          string `json:"method"`
	Authorization string `json:"authorization"` // type, and the authorizer's name
	APIKey        bool   `json:"apiKeyRequired"`
	Integration   string `json:"integration"`
	Target        string `json:"target,omitempty"`
}

// compileStage returns the routes of a stage, compiled from its export.
func compileStage(ctx context.Context, client *remote.Client, api *remote.RestAPI, stage *remote.Stage) (*routeTree, error) {
	id, name := apigw.Value(api.Id), apigw.Value(stage.StageName)
	text, err := client.Export(ctx, id, name, string(openapi.FormatOpenAPI), "apigateway", "application/json")
	if err != nil {
		return nil, err
	}
	document, problems := openapi.Parse(text, openapi.Options{})
	if refusal, refused := openapi.Refusal(problems, false); refused {
		return nil, fmt.Errorf("read the export of the stage: %s", refusal)
	}
	frozen := document.Snapshot(id)
	frozen.Region, frozen.DeploymentID = client.Region, apigw.Value(stage.DeploymentId)
	compiled, findings := plan.Compile(frozen)
	if compiled == nil {
		return nil, errors.New("the resources of the stage do not form a tree")
	}
	bound, more := plan.Bind(compiled, &stage.Stage)
	tree := &routeTree{API: id, Name: apigw.Value(api.Name), Stage: name, Deployment: apigw.Value(stage.DeploymentId)}
	for _, d := range append(findings, more...) {
		tree.Findings = append(tree.Findings, d.String())
	}
	tree.Findings = slices.Compact(tree.Findings)
	for i := range frozen.Resources {
		tree.Routes = append(tree.Routes, routeOf(&frozen.Resources[i], bound))
	}
	slices.SortFunc(tree.Routes, func(a, b stageRoute) int {
		return slices.Compare(strings.Split(a.Path, "/"), strings.Split(b.Path, "/"))
	})
	return tree, nil
}

// routeOf returns a resource with its methods.
func routeOf(r *snapshot.Resource, stage *plan.Stage) stageRoute {
	route := stageRoute{Path: r.Path}
	for _, verb := range slices.Sorted(maps.Keys(r.Methods)) {
		m := r.Methods[verb]
		method := routeMethod{
			Verb:          verb,
			Authorization: strings.TrimSpace(apigw.Value(m.AuthorizationType) + " " + apigw.Value(m.AuthorizerId)),
			APIKey:        apigw.Value(m.ApiKeyRequired),
			Integration:   "none",
		}
		if i := m.MethodIntegration; i != nil {
			method.Integration = string(apigw.Value(i.Type))
			method.Target = dev.Target(i, stage.Fold(apigw.Value(i.Uri)))
			if apigw.Value(i.ConnectionType) == apigw.ConnectionTypeVpcLink {
				method.Target += " through VPC link " + stage.Fold(apigw.Value(i.ConnectionId))
			}
		}
		route.Methods = append(route.Methods, method)
	}
	return route
}

// print prints the routes for people.
func (t *routeTree) print(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s), stage %s, deployment %s\n\n", t.Name, t.API, t.Stage, t.Deployment)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "PATH\tMETHOD\tAUTHORIZATION\tINTEGRATION\tTARGET\n")
	for i, label := range t.labels() {
		methods := t.Routes[i].Methods
		if len(methods) == 0 {
			_, _ = fmt.Fprintf(w, "%s\t\t\t\t\n", label[0])
		}
		for j, m := range methods {
			who := m.Authorization
			if m.APIKey {
				who += " + API key"
			}
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", label[min(j, 1)], m.Verb, who, m.Integration, m.Target)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i, finding := range t.Findings {
		if i == 0 {
			b.WriteString("\nWhat the compiler found:\n\n")
		}
		b.WriteString("  " + finding + "\n")
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(out, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// labels returns for each route the branch of the tree that leads to it, and what stands below it on the
// lines of further methods.
func (t *routeTree) labels() [][2]string {
	hasNext := func(i, depth int) bool { // whether a later route hangs on the same branch at depth
		prefix := strings.Join(strings.Split(t.Routes[i].Path, "/")[:depth], "/") + "/"
		for _, r := range t.Routes[i+1:] {
			if !strings.HasPrefix(r.Path, prefix) {
				return false
			}
			if strings.Count(r.Path, "/") == depth {
				return true
			}
		}
		return false
	}
	labels := make([][2]string, len(t.Routes))
	for i, r := range t.Routes {
		if r.Path == "/" {
			labels[i] = [2]string{"/", ""}
			if len(t.Routes) > 1 {
				labels[i][1] = "│"
			}
			continue
		}
		parts := strings.Split(r.Path, "/")
		var before strings.Builder
		for depth := 1; depth < len(parts)-1; depth++ {
			before.WriteString(map[bool]string{true: "│  ", false: "   "}[hasNext(i, depth)])
		}
		last := !hasNext(i, len(parts)-1)
		branch := map[bool]string{false: "├─ ", true: "└─ "}[last]
		below := map[bool]string{false: "│  ", true: "   "}[last]
		labels[i] = [2]string{before.String() + branch + parts[len(parts)-1], before.String() + below}
	}
	return labels
}
