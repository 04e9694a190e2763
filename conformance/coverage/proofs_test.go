package coverage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"
)

// root is the top of the repository as seen from here.
const root = "../.."

// library knows which fixtures, exchanges and tests there are.
type library struct {
	exchanges map[string][]string // titles by the name of the fixture
	sources   map[string]string   // the text of a package's test files, by its directory
}

// openLibrary reads the fixtures.
func openLibrary() (*library, error) {
	l := &library{exchanges: make(map[string][]string), sources: make(map[string]string)}
	paths, err := filepath.Glob(root + "/conformance/*.txtar")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		l.exchanges[name] = []string{}
		for _, file := range archive.Files {
			if kind, title, ok := strings.Cut(file.Name, ": "); ok && (kind == "request" || kind == "invoke") {
				l.exchanges[name] = append(l.exchanges[name], title)
			}
		}
	}
	return l, nil
}

// check says why a proof is none.
func (l *library) check(p proof) error {
	switch p.kind {
	case "fixture":
		return l.checkExchange(p.of, p.name)
	case "test":
		return l.checkTest(p.of, p.name)
	case "differs":
		return l.checkDifference(p.name)
	}
	return nil
}

// checkExchange looks for an exchange of a fixture. A title that ends in "*" stands for all that begin so.
func (l *library) checkExchange(fixture, title string) error {
	titles, ok := l.exchanges[fixture]
	if !ok {
		return fmt.Errorf("there is no fixture %s", fixture)
	}
	prefix, wild := strings.CutSuffix(title, ", *")
	for _, t := range titles {
		if t == title || wild && strings.HasPrefix(t, prefix+", ") {
			return nil
		}
	}
	return fmt.Errorf("fixture %s has no exchange %q", fixture, title)
}

// checkTest looks for a test function in a package, and for the text that names its subtest.
func (l *library) checkTest(directory, name string) error {
	source, err := l.source(directory)
	if err != nil {
		return err
	}
	function, subtest, nested := strings.Cut(name, "/")
	if !regexp.MustCompile(`(?m)^func ` + regexp.QuoteMeta(function) + `\(t \*testing\.T\)`).MatchString(source) {
		return fmt.Errorf("package %s has no %s", directory, function)
	}
	if nested && !strings.Contains(source, `"`+subtest+`"`) {
		return fmt.Errorf("package %s names no subtest %q", directory, subtest)
	}
	return nil
}

// source returns the text of the test files of a package.
func (l *library) source(directory string) (string, error) {
	if text, ok := l.sources[directory]; ok {
		return text, nil
	}
	paths, err := filepath.Glob(filepath.Join(root, directory, "*_test.go"))
	if err != nil || len(paths) == 0 {
		return "", fmt.Errorf("directory %s has no tests", directory)
	}
	var all strings.Builder
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		all.Write(text)
	}
	l.sources[directory] = all.String()
	return all.String(), nil
}

// checkDifference looks for words of an entry in docs/differences.md, whatever its line ends.
func (l *library) checkDifference(words string) error {
	text, err := os.ReadFile(root + "/docs/differences.md")
	if err != nil {
		return err
	}
	if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), words) {
		return fmt.Errorf("docs/differences.md has no entry with %q", words)
	}
	return nil
}
