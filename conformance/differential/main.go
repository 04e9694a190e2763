// Command differential compares Sluice's template and JSONPath engines with the Java engines that
// the service's behaviour was recorded from, on random input.
//
// Both sides read the same JSON lines: the oracle program (conformance/oracle) in a Java virtual
// machine, and "sluice template render --jsonl" or "sluice jsonpath eval --jsonl". The first
// templates whose answers differ are printed, made as small as they get. One seed always makes the
// same cases. See "make differential" for the way it is run.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"time"
)

func main() {
	var c config
	flag.StringVar(&c.kind, "kind", "templates", "what to compare: templates or jsonpath")
	flag.StringVar(&c.sluice, "sluice", "", "the sluice program")
	flag.StringVar(&c.classpath, "classpath", "", "class path with the compiled oracle and its libraries")
	flag.IntVar(&c.count, "n", 20000, "how many cases")
	flag.Uint64Var(&c.seed, "seed", 1, "seed of the cases")
	flag.IntVar(&c.show, "show", 10, "how many differences to show, each made small")
	flag.Parse()
	different, err := c.run(os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "differential:", err)
		os.Exit(1)
	}
	if different > 0 {
		os.Exit(1)
	}
}

type config struct {
	kind, sluice, classpath string
	count, show             int
	seed                    uint64
}

// answer is what either side says of a case. The kind of an error and its message may differ.
type answer struct {
	Output           *string `json:"output"`
	Result           *string `json:"result"`
	Error            string  `json:"error"`
	Message          string  `json:"message"`
	RequestOverride  any     `json:"requestOverride"`
	ResponseOverride any     `json:"responseOverride"`
	Unknown          bool    `json:"unknown"` // the oracle can't print what it computed
}

// same reports whether two answers agree.
func (a answer) same(b answer) bool {
	if a.Unknown || b.Unknown {
		return true
	}
	if a.Error != "" || b.Error != "" {
		return a.Error != "" && b.Error != ""
	}
	return withoutIdentities(a.Output) == withoutIdentities(b.Output) && sameJSON(a.Result, b.Result) &&
		reflect.DeepEqual(a.RequestOverride, b.RequestOverride) && reflect.DeepEqual(a.ResponseOverride, b.ResponseOverride)
}

func (a answer) String() string {
	if a.Error != "" {
		return fmt.Sprintf("error %s: %s", a.Error, firstLine(a.Message))
	}
	if a.Result != nil {
		return *a.Result
	}
	s := fmt.Sprintf("%q", text(a.Output))
	if a.RequestOverride != nil || a.ResponseOverride != nil {
		s += fmt.Sprintf(" overrides %v %v", a.RequestOverride, a.ResponseOverride)
	}
	return s
}

// identity is how Java prints an object that has no text of its own: its class and a number that no run repeats.
var identity = regexp.MustCompile(`([A-Za-z;]@)[0-9a-f]+`)

func withoutIdentities(s *string) string { return identity.ReplaceAllString(text(s), "$1") }

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// sameJSON compares two JSON texts as values: numbers by value, members in any order.
func sameJSON(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	var x, y any
	if json.Unmarshal([]byte(*a), &x) != nil || json.Unmarshal([]byte(*b), &y) != nil {
		return *a == *b
	}
	return reflect.DeepEqual(x, y)
}

func (c config) run(out io.Writer) (different int, err error) {
	if c.sluice == "" || c.classpath == "" {
		return 0, errors.New("-sluice and -classpath are required; `make differential` sets them")
	}
	command := []string{"template", "render", "--jsonl"}
	if c.kind == "jsonpath" {
		command = []string{"jsonpath", "eval", "--jsonl"}
	}
	ours, err := start(c.sluice, command...)
	if err != nil {
		return 0, err
	}
	defer ours.stop()
	theirs, err := start("java", "-Xss4m", "-cp", c.classpath, "Oracle", c.kind)
	if err != nil {
		return 0, err
	}
	defer theirs.stop()
	pair := pair{ours, theirs}

	began, failed := time.Now(), 0
	random := rand.New(rand.NewPCG(c.seed, 0))
	for n := range c.count {
		k := c.newCase(random, n)
		a, b, err := pair.ask(k)
		if err != nil {
			return different, fmt.Errorf("case %d: %w\n%s", n, err, k.source())
		}
		if b.Error != "" {
			failed++
		}
		if a.same(b) {
			continue
		}
		different++
		if different <= c.show {
			if c.kind == "templates" { // a piece of a query is hardly one
				k = pair.shrink(k)
				if a, b, err = pair.ask(k); err != nil {
					return different, err
				}
			}
			fmt.Fprintf(out, "case %d: %s\n    sluice: %s\n    oracle: %s\n", n, k.source(), a, b)
		}
	}
	fmt.Fprintf(out, "%d %s of seed %d in %s: %d different, %d are errors to the oracle\n",
		c.count, c.kind, c.seed, time.Since(began).Round(time.Second), different, failed)
	return different, nil
}

// testCase is a case of either kind.
type testCase interface {
	source() string              // the template or query, quoted for the report
	with(source string) testCase // the same case with another template or query
	text() string                // the template or query
}

func (k templateCase) source() string { return fmt.Sprintf("%q with %s", k.Template, k.Input) }
func (k templateCase) text() string   { return k.Template }
func (k templateCase) with(s string) testCase {
	k.Template = s
	return k
}

func (k pathCase) source() string { return fmt.Sprintf("%s in %s", k.Selector, k.Document) }
func (k pathCase) text() string   { return k.Selector }
func (k pathCase) with(s string) testCase {
	k.Selector = s
	return k
}

func (c config) newCase(r *rand.Rand, n int) testCase {
	if c.kind == "jsonpath" {
		return (&pathGenerator{r: r}).newCase(n)
	}
	return (&templateGenerator{r: r}).newCase(n)
}

// engine is one side: a process that answers a line for a line.
type engine struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func start(program string, args ...string) (*engine, error) {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &engine{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<20)}, nil
}

func (e *engine) stop() {
	e.in.Close()
	e.cmd.Wait()
}

func (e *engine) receive() (answer, error) {
	line, err := e.out.ReadBytes('\n')
	if err != nil {
		return answer{}, fmt.Errorf("%s ended: %w", e.cmd.Path, err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return answer{}, fmt.Errorf("%s answered %q: %w", e.cmd.Path, line, err)
	}
	return a, nil
}

// pair is both sides.
type pair struct{ ours, theirs *engine }

// ask gives k to both sides at once.
func (p pair) ask(k testCase) (ours, theirs answer, err error) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(k); err != nil {
		return ours, theirs, err
	}
	for _, e := range []*engine{p.ours, p.theirs} {
		if _, err := e.in.Write(line.Bytes()); err != nil {
			return ours, theirs, err
		}
	}
	if ours, err = p.ours.receive(); err != nil {
		return ours, theirs, err
	}
	theirs, err = p.theirs.receive()
	return ours, theirs, err
}

// shrink removes what it can from the text of k while the two sides still differ.
func (p pair) shrink(k testCase) testCase {
	differs := func(s string) bool {
		a, b, err := p.ask(k.with(s))
		return err == nil && !a.same(b)
	}
	s := k.text()
	for size := len(s) / 2; size > 0; {
		removed := false
		for at := 0; at+size <= len(s); {
			if shorter := s[:at] + s[at+size:]; differs(shorter) {
				s, removed = shorter, true
			} else {
				at++
			}
		}
		if !removed {
			size /= 2
		}
	}
	return k.with(s)
}
