package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

func newTemplateTest(streams Streams) *cobra.Command {
	var update bool
	command := &cobra.Command{
		Use:   "test DIR...",
		Short: "Run the cases of mapping templates in files",
		Long: `Run the cases of mapping templates in all *.txtar files below the directories. A case is a file of
sections, each begun by a line "-- name --":

  template         the template, or
  template-file    its file, relative to the case
  body             the body; without it there is none
  params           {"path": {…}, "querystring": {…}, "header": {…}}
  context          $context, an object
  stage-variables  $stageVariables, an object
  want             the output, or
  want-error       "parse" or "render", if it must fail
  want-overrides   {"requestOverride": {…}, "responseOverride": {…}}, if the template sets any

What stands before the first section is a comment. The last line end of a section is not part of it.
With --update, or UPDATE=1 in the environment, the sections of what is wanted are rewritten.`,
		Args: cobra.MinimumNArgs(1),
	}
	command.Flags().BoolVar(&update, "update", false, "rewrite what the cases want")
	command.RunE = func(_ *cobra.Command, dirs []string) error {
		if v, ok := streams.LookupEnv("UPDATE"); ok && v != "" && v != "0" {
			update = true
		}
		files, err := caseFiles(dirs)
		if err != nil {
			return err
		}
		return runCases(streams.Out, files, update)
	}
	return command
}

// caseFiles returns the case files below directories; a file may be named, too.
func caseFiles(dirs []string) ([]string, error) {
	var files []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && (filepath.Ext(name) == ".txtar" || name == dir) {
				files = append(files, name)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, errors.New("there are no cases: no *.txtar file is there")
	}
	return files, nil
}

// runCases runs the cases and reports those that differ from what they want.
func runCases(w io.Writer, files []string, update bool) error {
	failed := 0
	for _, file := range files {
		c, err := readCase(file)
		if err != nil {
			return err
		}
		report := c.run()
		if report != "" && update {
			if err := c.rewrite(); err != nil {
				return err
			}
			report, file = "", file+" (updated)"
		}
		result := "ok  "
		if report != "" {
			result = "FAIL"
			failed++
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n%s", result, file, report); err != nil {
			return err
		}
	}
	if failed > 0 {
		verb := "differ"
		if failed == 1 {
			verb = "differs"
		}
		return fmt.Errorf("%d of %s %s", failed, count(len(files), "case"), verb)
	}
	return nil
}

// Sections of a case file.
const (
	sectionTemplate       = "template"
	sectionTemplateFile   = "template-file"
	sectionBody           = "body"
	sectionParams         = "params"
	sectionContext        = "context"
	sectionStageVariables = "stage-variables"
	sectionWant           = "want"
	sectionWantError      = "want-error"
	sectionWantOverrides  = "want-overrides"
)

// templateCase is a case of template test.
type templateCase struct {
	file     string
	comment  string // before the first section
	sections []section
	template string
	request  request

	// What the template made, after run.
	got map[string]string // by section
}

// section is one section of a case file, with the line end that closes it.
type section struct{ name, content string }

// parseSections splits a file of sections, the form that Go calls txtar.
func parseSections(text string) (comment string, sections []section) {
	to := &comment
	for line := range strings.Lines(text) {
		name, ok := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "-- ")
		if name, isHead := strings.CutSuffix(name, " --"); ok && isHead {
			sections = append(sections, section{name: strings.TrimSpace(name)})
			to = &sections[len(sections)-1].content
			continue
		}
		*to += line
	}
	return comment, sections
}

// readCase reads a case from its file.
func readCase(file string) (*templateCase, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c := &templateCase{file: file}
	c.comment, c.sections = parseSections(string(text))
	for _, s := range c.sections {
		if err := c.take(s.name, strings.TrimSuffix(s.content, "\n")); err != nil {
			return nil, fmt.Errorf("%s: section %s: %w", file, s.name, err)
		}
	}
	if c.find(sectionTemplate) == nil && c.find(sectionTemplateFile) == nil {
		return nil, fmt.Errorf("%s: the section %s is missing", file, sectionTemplate)
	}
	return c, nil
}

// take takes one section.
func (c *templateCase) take(name, content string) (err error) {
	switch name {
	case sectionTemplate:
		c.template = content
	case sectionTemplateFile:
		source, err := os.ReadFile(filepath.Join(filepath.Dir(c.file), filepath.FromSlash(content)))
		c.template = string(source)
		return err
	case sectionBody:
		c.request.body = []byte(content)
	case sectionParams:
		c.request.params, err = parseObject(content)
	case sectionContext:
		c.request.contextDocument, err = parseObject(content)
	case sectionStageVariables:
		c.request.stageVariables, err = parseObject(content)
	case sectionWant, sectionWantError, sectionWantOverrides:
	default:
		return errors.New("there is no section of that name")
	}
	return err
}

func parseObject(text string) (jsonvalue.Value, error) {
	v, err := jsonvalue.ParseString(text)
	if err == nil && v.Kind() != jsonvalue.Object {
		err = errNoObject
	}
	return v, err
}

// find returns the section of that name, or nil.
func (c *templateCase) find(name string) *section {
	for i := range c.sections {
		if c.sections[i].name == name {
			return &c.sections[i]
		}
	}
	return nil
}

// run renders the case and returns how it differs from what is wanted, "" if it doesn't.
func (c *templateCase) run() string {
	c.got = map[string]string{}
	message := c.render()
	var report strings.Builder
	for _, name := range []string{sectionWantError, sectionWant, sectionWantOverrides} {
		got, isGot := c.got[name]
		wanted := c.find(name)
		switch {
		case wanted == nil && !isGot:
			continue
		case wanted == nil && name == sectionWant && c.find(sectionWantError) != nil:
			continue // that it must fail says enough
		case wanted != nil && isGot && sameSection(name, wanted.content, got):
			continue
		}
		want := ""
		if wanted != nil {
			want = strings.TrimSuffix(wanted.content, "\n")
		}
		fmt.Fprintf(&report, "    %s (- want, + got):\n%s", name, indent(diffLines(want, got)))
		if name == sectionWantError && message != "" {
			fmt.Fprintf(&report, "    %s\n", message)
		}
	}
	return report.String()
}

// sameSection reports whether a section is as wanted: overrides are compared as JSON.
func sameSection(name, want, got string) bool {
	want = strings.TrimSuffix(want, "\n")
	if name != sectionWantOverrides {
		return want == got
	}
	w, errWant := jsonvalue.ParseString(want)
	g, errGot := jsonvalue.ParseString(got)
	return errWant == nil && errGot == nil && w.Equal(g)
}

// render notes what the template makes; it returns the message of an error.
func (c *templateCase) render() string {
	template, err := mapping.CompileTemplate(c.file, c.template)
	if err != nil {
		c.got[sectionWantError] = "parse"
		return err.Error()
	}
	out, err := template.Render(nil, c.request.scope())
	if err != nil {
		c.got[sectionWantError] = "render"
		return err.Error()
	}
	c.got[sectionWant] = string(out)
	request, response := c.request.context.OverrideDocuments()
	if request.Exists() || response.Exists() {
		o := newObject()
		o.value("requestOverride", request)
		o.value("responseOverride", response)
		c.got[sectionWantOverrides] = string(o.appendTo(nil))
	}
	return ""
}

// rewrite writes what was made into the file as what is wanted.
func (c *templateCase) rewrite() error {
	var out strings.Builder
	out.WriteString(c.comment)
	write := func(name, content string) {
		if content != "" && !strings.HasSuffix(content, "\n") {
			content += "\n"
		}
		out.WriteString("-- " + name + " --\n" + content)
	}
	for _, s := range c.sections {
		if !strings.HasPrefix(s.name, sectionWant) {
			write(s.name, s.content)
		}
	}
	for _, name := range []string{sectionWant, sectionWantError, sectionWantOverrides} {
		if got, ok := c.got[name]; ok {
			write(name, got+"\n")
		}
	}
	return os.WriteFile(c.file, []byte(out.String()), 0o644)
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// diffLines compares two texts line by line: lines of want alone begin with -, those of got alone with +.
func diffLines(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	// common[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out strings.Builder
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out.WriteString("  " + a[i] + "\n")
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out.WriteString("- " + visible(a[i]) + "\n")
			i++
		default:
			out.WriteString("+ " + visible(b[j]) + "\n")
			j++
		}
	}
	return out.String()
}

// visible shows blanks at the end of a line that differs.
func visible(line string) string {
	trimmed := strings.TrimRight(line, " \t\r")
	tail := line[len(trimmed):]
	return trimmed + strings.NewReplacer(" ", "·", "\t", "→", "\r", "␍").Replace(tail)
}
