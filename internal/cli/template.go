package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// newTemplate returns the command for people who write mapping templates.
func newTemplate(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "template",
		Short: "Render, test and check mapping templates",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newTemplateRender(streams), newTemplateTest(streams), newTemplateLint(streams))
	return command
}

// renderFlags are the flags of template render: files, "-" for standard input, or names with values.
type renderFlags struct {
	body, context, params, stageVariables string
	path, query, header, variables        []string
	lines                                 bool
}

func newTemplateRender(streams Streams) *cobra.Command {
	var flags renderFlags
	command := &cobra.Command{
		Use:   "render FILE",
		Short: "Print what a mapping template makes of a request",
		Long: `Print what a mapping template makes of a request. What it puts into
$context.requestOverride and $context.responseOverride is printed on standard error.

With --jsonl, requests {"id", "template", "input", "params", "context", "stageVariables", "vars"} are
read from standard input, one a line, and answered in order by {"id", "output", "requestOverride",
"responseOverride"} or {"id", "error", "message"}: the error is "parse" or "render".`,
		Args: cobra.MaximumNArgs(1),
	}
	f := command.Flags()
	f.StringVar(&flags.body, "body", "", "file of the body; without it there is none")
	f.StringVar(&flags.context, "context", "", "file of $context, a JSON object")
	f.StringVar(&flags.params, "params", "", `file of the parameters: {"path": {…}, "querystring": {…}, "header": {…}}`)
	f.StringVar(&flags.stageVariables, "stage-variables", "", "file of $stageVariables, a JSON object")
	f.StringArrayVar(&flags.path, "path", nil, "a path parameter, NAME=VALUE")
	f.StringArrayVar(&flags.query, "query", nil, "a query parameter, NAME=VALUE")
	f.StringArrayVar(&flags.header, "header", nil, "a header, NAME=VALUE")
	f.StringArrayVar(&flags.variables, "variable", nil, "a stage variable, NAME=VALUE")
	f.BoolVar(&flags.lines, "jsonl", false, "answer JSON lines from standard input")
	command.RunE = func(_ *cobra.Command, args []string) error {
		switch {
		case flags.lines && len(args) > 0:
			return usage(errors.New("--jsonl takes no file: each line has its template"), "leave out FILE")
		case flags.lines:
			return answerLines(streams.In, streams.Out, answerTemplate, templateLineFailed)
		case len(args) == 0:
			return usage(errors.New("a template is missing"), "sluice template render FILE --body FILE")
		}
		return renderTemplate(streams, args[0], &flags)
	}
	return command
}

func renderTemplate(streams Streams, file string, flags *renderFlags) error {
	source, err := readInput(streams, file)
	if err != nil {
		return err
	}
	var r request
	if err := flags.fill(streams, &r); err != nil {
		return err
	}
	template, err := mapping.CompileTemplate(file, string(source))
	if err != nil {
		return err
	}
	out, err := template.Render(nil, r.scope())
	if err != nil {
		return err
	}
	if _, err := streams.Out.Write(out); err != nil {
		return err
	}
	return r.printOverrides(streams.Err)
}

// fill reads the files of the flags into the request.
func (f *renderFlags) fill(streams Streams, r *request) error {
	if f.body != "" {
		body, err := readInput(streams, f.body)
		if err != nil {
			return err
		}
		r.body = body
	}
	for _, part := range []struct {
		file string
		to   *jsonvalue.Value
	}{{f.context, &r.contextDocument}, {f.params, &r.params}, {f.stageVariables, &r.stageVariables}} {
		if part.file == "" {
			continue
		}
		v, err := readObject(streams, part.file)
		if err != nil {
			return err
		}
		*part.to = v
	}
	for _, part := range []struct {
		given []string
		to    *[]mapping.Param
	}{{f.path, &r.path}, {f.query, &r.query}, {f.header, &r.header}, {f.variables, &r.variables}} {
		for _, given := range part.given {
			name, value, ok := strings.Cut(given, "=")
			if !ok {
				return usage(fmt.Errorf("%q is not NAME=VALUE", given), "for example --query page=2")
			}
			*part.to = append(*part.to, mapping.Param{Name: name, Value: value})
		}
	}
	return nil
}

// readObject reads a JSON object from a file.
func readObject(streams Streams, file string) (jsonvalue.Value, error) {
	content, err := readInput(streams, file)
	if err != nil {
		return jsonvalue.Value{}, err
	}
	v, err := jsonvalue.Parse(content)
	if err != nil {
		return v, fmt.Errorf("%s:%w", file, err)
	}
	if v.Kind() != jsonvalue.Object {
		return v, fmt.Errorf("%s: want a JSON object", file)
	}
	return v, nil
}

// request is what a template is rendered with.
type request struct {
	body                 []byte
	params               jsonvalue.Value // {path, querystring, header}
	path, query, header  []mapping.Param // in addition to params
	contextDocument      jsonvalue.Value
	stageVariables, vars jsonvalue.Value
	variables            []mapping.Param // in addition to stageVariables
	context              mapping.Context
}

// scope returns the request as templates see it.
func (r *request) scope() *mapping.Scope {
	r.context.Document = r.contextDocument
	if !r.context.Document.Exists() {
		r.context.Document = emptyObject
	}
	return &mapping.Scope{
		Body:           r.body,
		Path:           append(paramsOf(r.params.Get("path")), r.path...),
		Query:          append(paramsOf(r.params.Get("querystring")), r.query...),
		Header:         append(paramsOf(r.params.Get("header")), r.header...),
		HeadersAsGiven: true,
		StageVariables: append(paramsOf(r.stageVariables), r.variables...),
		Context:        &r.context,
		Variables:      r.vars,
	}
}

var emptyObject = func() jsonvalue.Value {
	var b jsonvalue.Builder
	b.BeginObject()
	b.End()
	return b.Finish()
}()

// paramsOf returns the members of an object as parameters; what is no string is written as JSON.
func paramsOf(v jsonvalue.Value) []mapping.Param {
	var list []mapping.Param
	for name, member := range v.Members() {
		text := member.Text()
		if member.Kind() != jsonvalue.String {
			text = member.String()
		}
		list = append(list, mapping.Param{Name: name, Value: text})
	}
	return list
}

// printOverrides prints the overrides that the template made.
func (r *request) printOverrides(w io.Writer) error {
	request, response := r.context.OverrideDocuments()
	for _, o := range []struct {
		name string
		doc  jsonvalue.Value
	}{{"requestOverride", request}, {"responseOverride", response}} {
		if o.doc.Exists() {
			if _, err := fmt.Fprintf(w, "%s: %s\n", o.name, o.doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// answerTemplate answers one line of template render.
func answerTemplate(dst []byte, line jsonvalue.Value) []byte {
	r := request{
		body: []byte(line.Get("input").Text()), params: line.Get("params"), contextDocument: line.Get("context"),
		stageVariables: line.Get("stageVariables"), vars: line.Get("vars"),
	}
	o := newObject()
	o.value("id", line.Get("id"))
	template, err := mapping.CompileTemplate("", line.Get("template").Text())
	if err != nil {
		o.text("error", "parse")
		o.text("message", err.Error())
		return o.appendTo(dst)
	}
	out, err := template.Render(nil, r.scope())
	if err != nil {
		o.text("error", "render")
		o.text("message", err.Error())
		return o.appendTo(dst)
	}
	o.text("output", string(out))
	request, response := r.context.OverrideDocuments()
	o.value("requestOverride", request)
	o.value("responseOverride", response)
	return o.appendTo(dst)
}

func templateLineFailed(dst []byte, err error) []byte {
	o := newObject()
	o.b.Key("id")
	o.b.Null()
	o.text("error", "parse")
	o.text("message", err.Error())
	return o.appendTo(dst)
}

func newTemplateLint(streams Streams) *cobra.Command {
	var contentType string
	command := &cobra.Command{
		Use:   "lint FILE...",
		Short: "Report what can't be meant in mapping templates",
		Long: `Report what can't be meant in mapping templates: syntax errors, names that $context, $util and $input
don't have, methods that no value has, JSONPaths that are none, directives that the service doesn't
run and, for JSON, output that can't be JSON. The exit status is 1 if there is anything.`,
		Args: cobra.MinimumNArgs(1),
	}
	command.Flags().StringVar(&contentType, "content-type", "application/json", "what the templates make")
	command.RunE = func(_ *cobra.Command, files []string) error {
		problems := 0
		for _, file := range files {
			source, err := readInput(streams, file)
			if err != nil {
				return err
			}
			for _, p := range mapping.Lint(string(source), isJSON(contentType)) {
				problems++
				if _, err := fmt.Fprintf(streams.Out, "%s:%s\n", file, p); err != nil {
					return err
				}
			}
		}
		if problems > 0 {
			return fmt.Errorf("%s found", count(problems, "problem"))
		}
		return nil
	}
	return command
}

// isJSON reports whether a media type is JSON.
func isJSON(mediaType string) bool {
	mediaType, _, _ = strings.Cut(strings.ToLower(mediaType), ";")
	mediaType = strings.TrimSpace(mediaType)
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// count returns a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
