package route_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/route"
)

// The tree finds what looking at each resource alone finds: of all resources that match and serve the
// verb, the one that is more specific at the first position where they differ.
func TestFindAgainstReference(t *testing.T) {
	parts := []string{"a", "b", "{x}"}
	segments := []string{"a", "b", "c", "%61", ""}
	rapid.Check(t, func(t *rapid.T) {
		var resources []route.Resource[string]
		seen := make(map[string]bool)
		for range rapid.IntRange(1, 8).Draw(t, "resources") {
			path := ""
			for _, part := range rapid.SliceOfN(rapid.SampledFrom(parts), 0, 3).Draw(t, "parts") {
				path += "/" + part
			}
			if rapid.Bool().Draw(t, "greedy") {
				path += "/{g+}"
			}
			if path == "" {
				path = "/"
			}
			if seen[path] {
				continue
			}
			seen[path] = true
			r := route.Resource[string]{Path: path, Methods: make(map[string]string)}
			for _, verb := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"GET", "PUT", "ANY"}), rapid.ID).Draw(t, "verbs") {
				r.Methods[verb] = path + " " + verb
			}
			resources = append(resources, r)
		}
		tree, err := route.New(resources)
		if err != nil {
			t.Fatal(err)
		}
		path := "/" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(segments), 0, 4).Draw(t, "path"), "/")
		verb := rapid.SampledFrom([]string{"GET", "PUT", "POST"}).Draw(t, "verb")
		got, _, _ := tree.Find(verb, path, nil)
		if want := reference(resources, verb, path); got != want {
			t.Fatalf("%s %s: got %q, want %q in\n%v", verb, path, got, want, tree)
		}
	})
}

// reference finds the method by comparing all resources with each other.
func reference(resources []route.Resource[string], verb, path string) string {
	var best []int
	found := ""
	for _, r := range resources {
		method, ok := r.Methods[verb]
		if !ok {
			method, ok = r.Methods["ANY"]
		}
		rank := match(strings.Trim(r.Path, "/"), strings.Trim(path, "/"))
		if ok && rank != nil && (best == nil || slices.CompareFunc(rank, best, cmp.Compare[int]) < 0) {
			best, found = rank, method
		}
	}
	return found
}

// match returns how specific each position of a matching resource is, lower for more; nil if the
// resource does not match.
func match(resource, path string) []int {
	rank := []int{0}
	for resource != "" {
		part, others, _ := strings.Cut(resource, "/")
		segment, rest, _ := strings.Cut(path, "/")
		switch {
		case path == "":
			return nil
		case part == "{g+}":
			return append(rank, 3)
		case segment == "":
			return nil
		case part == segment:
			rank = append(rank, 0)
		case segment == "%61" && part == "a":
			rank = append(rank, 1)
		case part == "{x}":
			rank = append(rank, 2)
		default:
			return nil
		}
		resource, path = others, rest
	}
	if path != "" {
		return nil
	}
	return rank
}
