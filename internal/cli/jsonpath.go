package cli

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonpath"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// newJSONPath returns the command that evaluates JSONPaths.
func newJSONPath(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "jsonpath",
		Short: "Evaluate JSONPaths as mapping templates do",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(newJSONPathEval(streams))
	return command
}

func newJSONPathEval(streams Streams) *cobra.Command {
	var lines bool
	command := &cobra.Command{
		Use:   "eval PATH [FILE]",
		Short: "Print what a JSONPath selects in a JSON document",
		Long: `Print what a JSONPath selects in a JSON document, which is read from FILE or from
standard input. A path that leads nowhere prints nothing and ends with status 1.

With --jsonl, requests {"id", "selector", "document"} are read from standard input, one a line, and
answered in order by {"id", "result"} or {"id", "error"}: the result is JSON text, the error
"not-found", "invalid-path" or "failure".`,
		Args: cobra.RangeArgs(0, 2),
	}
	command.Flags().BoolVar(&lines, "jsonl", false, "answer JSON lines from standard input")
	command.RunE = func(_ *cobra.Command, args []string) error {
		if lines {
			if len(args) > 0 {
				return usage(errors.New("--jsonl takes no path: each line has its own"), "leave out the arguments")
			}
			return answerLines(streams.In, streams.Out, answerPath, pathLineFailed)
		}
		if len(args) == 0 {
			return usage(errors.New("a JSONPath is missing"), "sluice jsonpath eval '$.name' FILE")
		}
		return evalPath(streams, args[0], args[1:])
	}
	return command
}

func evalPath(streams Streams, text string, files []string) error {
	path, err := mapping.CompilePath(text)
	if err != nil {
		return usage(err, `paths begin with "$"; quote them from the shell`)
	}
	file := "-"
	if len(files) > 0 {
		file = files[0]
	}
	content, err := readInput(streams, file)
	if err != nil {
		return err
	}
	doc, err := jsonvalue.ParseLenient(content)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	v, err := path.Get(doc)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(streams.Out, v)
	return err
}

// readInput returns what is in a file, or what comes from standard input for "-".
func readInput(streams Streams, file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(streams.In)
	}
	return os.ReadFile(file)
}

// answerPath answers one line of jsonpath eval.
func answerPath(dst []byte, line jsonvalue.Value) []byte {
	o := newObject()
	o.value("id", line.Get("id"))
	if result, kind := selectIn(line.Get("selector").Text(), line.Get("document").Text()); kind != "" {
		o.text("error", kind)
	} else {
		o.text("result", result)
	}
	return o.appendTo(dst)
}

// selectIn returns what a path selects as JSON text, or the kind of the error.
func selectIn(selector, document string) (result, kind string) {
	path, err := mapping.CompilePath(selector)
	if err != nil {
		return "", "invalid-path"
	}
	doc, err := jsonvalue.ParseLenientString(document)
	if err != nil {
		return "", "failure"
	}
	v, err := path.Get(doc)
	switch {
	case errors.Is(err, jsonpath.ErrNotFound):
		return "", "not-found"
	case err != nil:
		return "", "failure"
	}
	return string(v.Append(nil, jsonvalue.Compact)), ""
}

func pathLineFailed(dst []byte, err error) []byte {
	o := newObject()
	o.b.Key("id")
	o.b.Null()
	o.text("error", "failure")
	o.text("message", err.Error())
	return o.appendTo(dst)
}
