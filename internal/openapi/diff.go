package openapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// ChangeKind says what becomes of a part of an API.
type ChangeKind string

// The kinds of changes.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is a part of an API that is not the same in two documents.
type Change struct {
	Kind ChangeKind `json:"change"`
	// What names the part: "GET /pets", "model Pet", "authorizer token", "request validator all",
	// "gateway response DEFAULT_4XX", or "API" for what belongs to no part.
	What string `json:"what"`
	// Members are the members that differ, only where the part is in both documents.
	Members []MemberChange `json:"members,omitempty"`
}

// MemberChange is a member of a part that differs.
type MemberChange struct {
	Member string `json:"member"` // such as integration.requestTemplates["application/json"]
	// Before and After are JSON texts, empty where the member is absent.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Diff compares two documents that [Export] has written in OpenAPI's format, with all extensions, and
// returns what is not the same: first the API itself, then its parts, methods last, each kind
// sorted by name. Addresses and documentation are not compared, and a gateway response that says its type's status
// or the usual template is not told from one that says nothing. The error says that a text is no
// such document.
func Diff(before, after []byte) ([]Change, error) {
	old, err := partsOf(before)
	if err != nil {
		return nil, fmt.Errorf("the first document: %w", err)
	}
	next, err := partsOf(after)
	if err != nil {
		return nil, fmt.Errorf("the second document: %w", err)
	}
	names := make([]part, 0, len(old))
	for p := range old {
		names = append(names, p)
	}
	for p := range next {
		if old[p] == nil {
			names = append(names, p)
		}
	}
	slices.SortFunc(names, part.compare)
	var changes []Change
	for _, p := range names {
		change := Change{What: p.what(), Kind: Changed}
		switch a, b := old[p], next[p]; {
		case a == nil:
			change.Kind = Added
		case b == nil:
			change.Kind = Removed
		default:
			if change.Members = memberChanges("", a, b); change.Members == nil {
				continue
			}
		}
		changes = append(changes, change)
	}
	return changes, nil
}

// partKind is a kind of parts that documents are compared by, in the order in which they are told.
type partKind uint8

const (
	partAPI partKind = iota
	partModel
	partAuthorizer
	partValidator
	partGatewayResponse
	partMethod
)

// part names a part of a document.
type part struct {
	kind       partKind
	name, verb string // the verb of a method, whose name is its path
}

// what returns the name for people.
func (p part) what() string {
	if p.kind == partMethod {
		return p.verb + " " + p.name
	}
	return [...]string{"API", "model ", "authorizer ", "request validator ", "gateway response "}[p.kind] + p.name
}

// compare orders parts.
func (p part) compare(q part) int {
	if p.kind != q.kind {
		return int(p.kind) - int(q.kind)
	}
	if c := strings.Compare(p.name, q.name); c != 0 {
		return c
	}
	return strings.Compare(p.verb, q.verb)
}

// partsOf takes a document apart.
func partsOf(text []byte) (map[part]*node, error) {
	root, _, err := readJSON(text)
	if err != nil {
		return nil, err
	}
	if !root.is(kindObject) {
		return nil, fmt.Errorf("expected an object, got %s", root.kind)
	}
	parts := make(map[part]*node)
	add := func(kind partKind, holder *node) {
		if holder == nil {
			return
		}
		for _, m := range holder.members {
			parts[part{kind: kind, name: m.key}] = m.value
		}
	}
	add(partModel, root.get("components").get("schemas"))
	if responses := root.get(extension + "gateway-responses"); responses != nil {
		for _, m := range responses.members {
			parts[part{kind: partGatewayResponse, name: m.key}] = withoutDefaults(m)
		}
	}
	add(partValidator, root.get(extension+"request-validators"))
	for p, n := range authorizersOf(root) {
		parts[p] = n
	}
	for p, n := range methodsOf(root) {
		parts[p] = n
	}
	api := newObject()
	if info := root.get("info"); info != nil {
		api.members = append(api.members, info.members...)
	}
	for _, m := range root.members {
		if strings.HasPrefix(m.key, extension) && !elsewhere[strings.TrimPrefix(m.key, extension)] {
			api.members = append(api.members, m)
		}
	}
	parts[part{kind: partAPI}] = api
	return parts, nil
}

// withoutDefaults returns a gateway response without the status and the template that its type has without saying
// so: the control plane shows them where an export leaves them out.
func withoutDefaults(m member) *node {
	n := newObject()
	status, _ := apigw.GatewayResponseType(m.key).DefaultStatus()
	for _, inner := range m.value.members {
		templates := inner.value.members
		isDefault := inner.key == "statusCode" && inner.value.text == status ||
			inner.key == "responseTemplates" && len(templates) == 1 && inner.value.get("application/json").keyText() == apigw.DefaultGatewayTemplate
		if !isDefault {
			n.add(inner)
		}
	}
	return n
}

// elsewhere are the extensions at the top of a document that do not belong to the API itself.
var elsewhere = map[string]bool{"gateway-responses": true, "request-validators": true, "documentation": true}

// authorizersOf returns the security schemes that are authorizers. The others say only what methods say.
func authorizersOf(root *node) map[part]*node {
	authorizers := make(map[part]*node)
	if schemes := root.get("components").get("securitySchemes"); schemes != nil {
		for _, m := range schemes.members {
			if m.value.get(extension+"authorizer") != nil {
				authorizers[part{kind: partAuthorizer, name: m.key}] = m.value
			}
		}
	}
	return authorizers
}

// methodsOf returns the operations.
func methodsOf(root *node) map[part]*node {
	methods := make(map[part]*node)
	if paths := root.get("paths"); paths != nil {
		for _, path := range paths.members {
			for _, m := range path.value.members {
				if verb, ok := verbs[m.key]; ok {
					methods[part{kind: partMethod, name: path.key, verb: verb}] = m.value
				}
			}
		}
	}
	return methods
}

// memberChanges returns the members of a and b, two values at a path, that differ.
func memberChanges(path string, a, b *node) []MemberChange {
	if !a.is(kindObject) || !b.is(kindObject) {
		if same(a, b) {
			return nil
		}
		return []MemberChange{{Member: path, Before: compact(a), After: compact(b)}}
	}
	var changes []MemberChange
	for _, m := range a.members {
		changes = append(changes, memberChanges(memberPath(path, m.key), m.value, b.get(m.key))...)
	}
	for _, m := range b.members {
		if a.get(m.key) == nil {
			changes = append(changes, memberChanges(memberPath(path, m.key), nil, m.value)...)
		}
	}
	return changes
}

// same reports whether two values are equal; the order of members does not matter.
func same(a, b *node) bool {
	if a == nil || b == nil {
		return a == b
	}
	if a.kind != b.kind || a.text != b.text || len(a.items) != len(b.items) || len(a.members) != len(b.members) {
		return false
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	for _, m := range a.members {
		if !same(m.value, b.get(m.key)) {
			return false
		}
	}
	return true
}

// memberPath returns the path of a member. The beginning that all extensions share says nothing.
func memberPath(path, key string) string {
	key = strings.TrimPrefix(key, extension)
	isWord := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-'
	}
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return !isWord(r) }) {
		return path + "[" + strconv.Quote(key) + "]"
	}
	if path != "" {
		path += "."
	}
	return path + key
}

// compact returns a value as JSON text, empty for none.
func compact(n *node) string {
	if n == nil {
		return ""
	}
	return jsonText(n)
}
