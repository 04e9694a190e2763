package restjson

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// The routes form a tree of path segments. At each segment a literal is tried first, then a label,
// then a greedy label, which takes the rest of the path; the first that leads to an operation wins.
// Segments are cut from the path as it was sent and then percent-decoded once, so an escaped slash
// never separates. A label is not empty, and "." and ".." stand for no segment: what signs
// a normalised path must not be routed by another.

// node is a place in the tree.
type node struct {
	literals map[string]*node
	label    *node
	greedy   *node
	routes   []route
}

// route is an operation at its place. Its labels are named in the order of the path.
type route struct {
	info   *apigw.OperationInfo
	labels []string
	query  url.Values // parameters that must be sent
}

// add puts an operation at the place that its template names.
func (n *node) add(info *apigw.OperationInfo) {
	path, query, _ := strings.Cut(info.URI, "?")
	r := route{info: info}
	r.query, _ = url.ParseQuery(query)
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		label, isLabel := strings.CutPrefix(segment, "{")
		if !isLabel {
			n = n.literal(segment)
			continue
		}
		label = strings.TrimSuffix(label, "}")
		next := &n.label
		if plain, isGreedy := strings.CutSuffix(label, "+"); isGreedy {
			label, next = plain, &n.greedy
		}
		r.labels = append(r.labels, label)
		if *next == nil {
			*next = &node{}
		}
		n = *next
	}
	n.routes = append(n.routes, r)
}

func (n *node) literal(segment string) *node {
	if n.literals == nil {
		n.literals = map[string]*node{}
	}
	if n.literals[segment] == nil {
		n.literals[segment] = &node{}
	}
	return n.literals[segment]
}

// match returns the operation of a request and the values of its labels, nil where there is none.
func (n *node) match(r *http.Request) (*apigw.OperationInfo, map[string]string) {
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), "/")
	if !ok {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	for _, s := range segments {
		if s == "." || s == ".." {
			return nil, nil
		}
	}
	found, values := n.find(r, segments, nil)
	if found == nil {
		return nil, nil
	}
	labels := make(map[string]string, len(values))
	for i, name := range found.labels {
		labels[name] = values[i]
	}
	return found.info, labels
}

// find looks for the route of the segments that are left; values are those of the labels so far.
func (n *node) find(r *http.Request, segments, values []string) (*route, []string) {
	if len(segments) == 0 {
		return n.choose(r), values
	}
	text, err := url.PathUnescape(segments[0])
	if err != nil {
		return nil, nil
	}
	if next := n.literals[text]; next != nil {
		if found, v := next.find(r, segments[1:], values); found != nil {
			return found, v
		}
	}
	if n.label != nil && text != "" {
		if found, v := n.label.find(r, segments[1:], append(values[:len(values):len(values)], text)); found != nil {
			return found, v
		}
	}
	if n.greedy != nil {
		rest, err := url.PathUnescape(strings.Join(segments, "/"))
		if err == nil && rest != "" {
			return n.greedy.choose(r), append(values[:len(values):len(values)], rest)
		}
	}
	return nil, nil
}

// choose returns the route of the request's verb. Of those that share a verb the one
// whose required parameters were sent wins.
func (n *node) choose(r *http.Request) *route {
	var best *route
	for i := range n.routes {
		candidate := &n.routes[i]
		if candidate.info.Method != r.Method || !hasQuery(r, candidate.query) {
			continue
		}
		if best == nil || len(candidate.query) > len(best.query) {
			best = candidate
		}
	}
	return best
}

func hasQuery(r *http.Request, want url.Values) bool {
	if len(want) == 0 {
		return true
	}
	query := r.URL.Query()
	for name := range want {
		if query.Get(name) != want.Get(name) {
			return false
		}
	}
	return true
}
