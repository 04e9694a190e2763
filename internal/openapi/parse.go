package openapi

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of what Parse reads.
const (
	// MaxDocumentBytes is the size of the largest document.
	//
	// AWS: Amazon API Gateway quotas and important notes
	MaxDocumentBytes = 6 << 20

	maxDepth = 200       // levels of nesting
	maxNodes = 2_000_000 // values of a document, aliases and references expanded
)

// BasePathMode says what becomes of the base path of a document.
type BasePathMode string

// The modes of the parameter basepath of an import.
const (
	BasePathIgnore  BasePathMode = "ignore"
	BasePathPrepend BasePathMode = "prepend"
	BasePathSplit   BasePathMode = "split" // prepend without the first segment
)

// Options say how to read a document. The zero value is that of an import without parameters.
type Options struct {
	BasePath            BasePathMode // empty means BasePathIgnore
	IgnoreDocumentation bool

	// The values of ${AWS::AccountId}, ${AWS::Region} and ${AWS::Partition}; a variable
	// without a value is left as it is.
	AccountID, Region, Partition string
}

// Parse reads an OpenAPI 3.0 or Swagger 2.0 document in JSON or YAML. The API is nil where the text
// is no such document; otherwise it holds what could be understood, so that a caller can go on to
// find further problems. Problems are in the order of the document.
func Parse(document []byte, options Options) (*API, []Problem) {
	if len(document) > MaxDocumentBytes {
		return nil, []Problem{{Message: fmt.Sprintf("The document has more than %d bytes", MaxDocumentBytes)}}
	}
	document = bytes.TrimPrefix(document, []byte("\uFEFF"))
	root, problems, err := read(document)
	if err != nil {
		var syntax *syntaxError
		if errors.As(err, &syntax) {
			return nil, []Problem{{Position: syntax.pos, Message: "Unable to read the document: " + syntax.message}}
		}
		return nil, []Problem{{Message: "Unable to read the document: " + err.Error()}}
	}
	b := &builder{options: options, root: root, problems: problems, budget: maxNodes}
	b.api = &API{root: root, text: document}
	if !b.version() {
		return nil, b.problems
	}
	b.variables(root)
	b.build()
	slices.SortStableFunc(b.problems, func(p, q Problem) int {
		return cmp.Or(cmp.Compare(p.Position.Line, q.Position.Line), cmp.Compare(p.Column, q.Column))
	})
	return b.api, b.problems
}

// read finds out the format by trying: JSON, then YAML.
func read(document []byte) (*node, []Problem, error) {
	if first := bytes.TrimLeft(document, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return readYAML(document)
	}
	root, problems, err := readJSON(document)
	if err == nil {
		return root, problems, nil
	}
	// YAML in braces is no JSON when it has comments or unquoted keys.
	if root, problems, yamlErr := readYAML(document); yamlErr == nil {
		return root, problems, nil
	}
	return nil, nil, err
}

// builder walks a document and fills an API.
type builder struct {
	options  Options
	root     *node
	swagger  bool // Swagger 2.0, not OpenAPI 3.0
	api      *API
	problems []Problem
	budget   int // values that references may still add

	security   map[string]securityScheme
	validators map[string]bool
	models     modelSet
	paths      map[string]int // path of a resource to its place in api.Resources
}

// build reads the parts of the document. Later parts refer to earlier ones.
func (b *builder) build() {
	b.info()
	b.settings()
	b.requestValidators()
	b.gatewayResponses()
	b.securitySchemes()
	b.namedModels()
	b.resources()
	b.documentation()
}

// version checks that the document says of itself that it is one of those that can be read.
func (b *builder) version() bool {
	if !b.root.is(kindObject) {
		b.fail(b.root.pos, "The document is no OpenAPI document: expected an object, got %s", b.root.kind)
		return false
	}
	if n := b.root.get("swagger"); n != nil {
		b.swagger = true
		if v, _ := n.scalar(); v != "2.0" {
			b.fail(n.pos, "Unsupported Swagger version '%s': only 2.0 is supported", v)
			return false
		}
		return true
	}
	n := b.root.get("openapi")
	if n == nil {
		b.fail(b.root.pos, "The document is no OpenAPI document: it has neither 'openapi' nor 'swagger'")
		return false
	}
	if v, _ := n.scalar(); v != "3.0" && !strings.HasPrefix(v, "3.0.") {
		b.fail(n.pos, "Unsupported OpenAPI version '%s': only 3.0 is supported", v)
		return false
	}
	return true
}

// variables replaces the AWS variables in all strings of the document.
//
// AWS: AWS variables for OpenAPI import
func (b *builder) variables(n *node) {
	var pairs []string
	for name, value := range map[string]string{
		"Region": b.options.Region, "AccountId": b.options.AccountID, "Partition": b.options.Partition,
	} {
		if value != "" {
			pairs = append(pairs, "${AWS::"+name+"}", value)
		}
	}
	replacer := strings.NewReplacer(pairs...)
	seen := make(map[*node]bool) // nodes that aliases share are visited once
	var walk func(n *node)
	walk = func(n *node) {
		switch n.kind {
		case kindString:
			if strings.Contains(n.text, "${AWS::") {
				n.text = replacer.Replace(n.text)
				n.written = n.text
			}
			return
		case kindArray, kindObject:
			if seen[n] {
				return
			}
			seen[n] = true
		}
		for _, item := range n.items {
			walk(item)
		}
		for _, m := range n.members {
			walk(m.value)
		}
	}
	walk(n)
}

// fail adds an error in our own words.
func (b *builder) fail(pos Position, format string, args ...any) {
	b.add(Problem{Position: pos, Severity: SeverityError, Message: fmt.Sprintf(format, args...)})
}

// warn adds a warning in our own words.
func (b *builder) warn(pos Position, format string, args ...any) {
	b.add(Problem{Position: pos, Severity: SeverityWarning, Message: fmt.Sprintf(format, args...)})
}

// note adds a note.
func (b *builder) note(pos Position, format string, args ...any) {
	b.add(Problem{Position: pos, Severity: SeverityNote, Message: fmt.Sprintf(format, args...)})
}

// serviceWarn adds a warning in the words of the service.
func (b *builder) serviceWarn(pos Position, format string, args ...any) {
	b.add(Problem{Position: pos, Severity: SeverityWarning, Message: fmt.Sprintf(format, args...), Service: true})
}

// serviceFail adds an error in the words of the service.
func (b *builder) serviceFail(pos Position, format string, args ...any) {
	b.add(Problem{Position: pos, Severity: SeverityError, Message: fmt.Sprintf(format, args...), Service: true})
}

// maxProblems bounds the list: who has so many needs no more.
const maxProblems = 1000

func (b *builder) add(p Problem) {
	if len(b.problems) < maxProblems {
		b.problems = append(b.problems, p)
	}
}
