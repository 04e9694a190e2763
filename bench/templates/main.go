// Command templates compares the speed of mapping templates with Apache Velocity on a warm Java
// virtual machine, in one run: the three inputs of internal/mapping/testdata/bench, parsed before, each
// rendering from the request on (body parsed, objects built, output to bytes), on one thread.
//
// Both sides must print the same bytes. Run it as "make bench-templates"; it takes about a minute.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"text/tabwriter"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// rounds is how often each template is measured; the median counts.
const rounds = 5

func main() {
	classpath := flag.String("classpath", "", "class path with the compiled oracle and its libraries")
	dir := flag.String("dir", filepath.Join("internal", "mapping", "testdata", "bench"), "folder of NAME.vtl and NAME.json")
	flag.Parse()
	if err := run(*classpath, *dir, []string{"small", "query", "passthrough"}); err != nil {
		fmt.Fprintln(os.Stderr, "templates:", err)
		os.Exit(1)
	}
}

// measurement is what the oracle prints of one template.
type measurement struct {
	Name           string  `json:"name"`
	NanosPerRender float64 `json:"nanosPerRender"`
	SHA256         string  `json:"sha256"`
}

func run(classpath, dir string, names []string) error {
	if classpath == "" {
		return fmt.Errorf("-classpath is required; `make bench-templates` sets it")
	}
	fmt.Printf("%s, %s/%s, %d CPUs\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "template\tVelocity µs\tSluice µs\ttimes faster\tB/op\tallocs/op\t")
	for _, name := range names {
		theirs, err := oracle(classpath, dir, name)
		if err != nil {
			return err
		}
		ours, err := measure(dir, name, theirs.SHA256)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		nanos := float64(ours.T.Nanoseconds()) / float64(ours.N)
		fmt.Fprintf(table, "%s\t%.1f\t%.1f\t%.1f\t%d\t%d\t\n", name, theirs.NanosPerRender/1e3, nanos/1e3,
			theirs.NanosPerRender/nanos, ours.AllocedBytesPerOp(), ours.AllocsPerOp())
	}
	return table.Flush()
}

// oracle measures one template on the virtual machine.
func oracle(classpath, dir, name string) (m measurement, err error) {
	cmd := exec.Command("java", "-cp", classpath, "Oracle", "bench", dir, name)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return m, fmt.Errorf("run the oracle: %w", err)
	}
	scanner := bufio.NewScanner(bytes.NewReader(out))
	scanner.Scan()
	return m, json.Unmarshal(scanner.Bytes(), &m)
}

// measure renders the template often and returns the median of the rounds.
func measure(dir, name, sum string) (testing.BenchmarkResult, error) {
	source, err := os.ReadFile(filepath.Join(dir, name+".vtl"))
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	template, err := mapping.CompileTemplate(name, string(source))
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	request, err := readRequest(filepath.Join(dir, name+".json"))
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	out, err := template.Render(nil, request.scope())
	if err != nil {
		return testing.BenchmarkResult{}, err
	}
	if got := sha256.Sum256(out); hex.EncodeToString(got[:]) != sum {
		return testing.BenchmarkResult{}, fmt.Errorf("prints other bytes than Velocity does")
	}
	var results []testing.BenchmarkResult
	for range rounds {
		results = append(results, testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if out, err = template.Render(out[:0], request.scope()); err != nil {
					b.Fatal(err)
				}
			}
		}))
	}
	slices.SortFunc(results, func(a, b testing.BenchmarkResult) int { return int(a.NsPerOp() - b.NsPerOp()) })
	return results[rounds/2], nil
}

// request is what a bench file holds: the fields of a line of "sluice template render --jsonl".
type request struct {
	body                                []byte
	path, query, header, stageVariables []mapping.Param
	context                             jsonvalue.Value

	exchangeScope   mapping.Scope
	exchangeContext mapping.Context
}

func readRequest(file string) (*request, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fields, err := jsonvalue.Parse(text)
	if err != nil {
		return nil, err
	}
	params := fields.Get("params")
	return &request{
		body:           []byte(fields.Get("input").Text()),
		path:           paramsOf(params.Get("path")),
		query:          paramsOf(params.Get("querystring")),
		header:         paramsOf(params.Get("header")),
		stageVariables: paramsOf(fields.Get("stageVariables")),
		context:        fields.Get("context"),
	}, nil
}

func paramsOf(object jsonvalue.Value) (list []mapping.Param) {
	for name, value := range object.Members() {
		list = append(list, mapping.Param{Name: name, Value: value.Text()})
	}
	return list
}

// scope builds what one request shows to its template. As in the gateway, whose exchanges are pooled, the memory is used
// again and nothing else is kept from one rendering to the next.
func (r *request) scope() *mapping.Scope {
	r.exchangeContext.Reset()
	r.exchangeContext.Document = r.context
	r.exchangeScope = mapping.Scope{
		Body: r.body, Path: r.path, Query: r.query, Header: r.header, HeadersAsGiven: true,
		StageVariables: r.stageVariables, Context: &r.exchangeContext,
	}
	return &r.exchangeScope
}
