package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// pathGenerator makes random JSONPath queries of the part of the dialect that all versions of
// Jayway's JsonPath agree on, so that the packaged one may judge them.
type pathGenerator struct{ r *rand.Rand }

// pathCase is one line of the protocol of "sluice jsonpath eval --jsonl".
type pathCase struct {
	ID       string `json:"id"`
	Selector string `json:"selector"`
	Document string `json:"document"`
}

var pathDocuments = []string{
	`{"a": {"b": [1, 2, {"c": "x", "n": 5}], "c": null}, "items": [{"k": "a", "n": 1, "t": ["x", "y"]}, {"k": "b", "n": 2.5, "d": {"w": 1}}, {"k": "c"}], "n": 3, "s": "text", "e": [], "o": {}, "é": 1, "a b": 2}`,
	`[{"k": 1, "a": {"b": 1}}, {"k": 2, "a": {"b": 2}}, {"k": 3}, {"k": 4, "a": {"b": null}}, {"n": 5, "a": {"b": [5]}}]`,
	`[[1, 2, 3], [4, [5, 6]], [], ["x"]]`,
	`{"n": 1, "a": [{"a": [{"a": 1}]}], "k": {"k": {"k": "deep"}}}`,
}

// newCase makes the case number n: a way through the document by what is there, and at its end something missing or
// several things. The versions answer otherwise where more follows on several things that only some of them have.
func (g *pathGenerator) newCase(n int) pathCase {
	doc := pick(g.r, pathDocuments)
	var at any
	if json.Unmarshal([]byte(doc), &at) != nil {
		at = nil
	}
	var b strings.Builder
	b.WriteString("$")
	for range g.r.IntN(5) {
		step, to, ok := g.step(at)
		if !ok {
			break
		}
		b.WriteString(step)
		at = to
	}
	b.WriteString(g.last(at))
	return pathCase{ID: strconv.Itoa(n), Selector: b.String(), Document: doc}
}

// step goes to a member or element that is there.
func (g *pathGenerator) step(at any) (path string, to any, ok bool) {
	switch at := at.(type) {
	case map[string]any:
		if len(at) == 0 {
			return "", nil, false
		}
		key := pick(g.r, slices.Sorted(maps.Keys(at)))
		if strings.Contains(key, " ") || g.r.IntN(4) == 0 {
			return "['" + key + "']", at[key], true
		}
		return "." + key, at[key], true
	case []any:
		if len(at) == 0 {
			return "", nil, false
		}
		i := g.r.IntN(len(at))
		return "[" + strconv.Itoa(i) + "]", at[i], true
	}
	return "", nil, false
}

var missing = []string{"nope", "absent", "Name"}

// last returns the end of a path.
func (g *pathGenerator) last(at any) string {
	switch at := at.(type) {
	case map[string]any:
		switch g.r.IntN(5) {
		case 0:
			return pick(g.r, []string{".*", "[*]", ".*"})
		case 1:
			return "." + pick(g.r, missing)
		case 2:
			return ".." + pick(g.r, []string{"a", "k", "n", "b"})
		}
	case []any:
		if len(at) == 0 {
			return ""
		}
		switch g.r.IntN(6) {
		case 0:
			return "[*]"
		case 1:
			return pick(g.r, []string{"[0:1]", "[:1]", "[0:2]", "[:2]", "[1:]"})
		case 2:
			return ".." + pick(g.r, []string{"k", "n", "a"})
		case 3, 4:
			if allObjects(at) {
				return "[?(" + g.filter(at) + ")]"
			}
		}
	}
	return ""
}

func allObjects(list []any) bool {
	return !slices.ContainsFunc(list, func(v any) bool {
		_, ok := v.(map[string]any)
		return !ok
	})
}

// filter returns a condition on the members that the objects of a list have.
func (g *pathGenerator) filter(list []any) string {
	object, _ := pick(g.r, list).(map[string]any)
	if len(object) == 0 {
		return "@." + pick(g.r, missing)
	}
	key := pick(g.r, slices.Sorted(maps.Keys(object)))
	switch v := object[key].(type) {
	case string:
		return "@." + key + " == '" + v + "'"
	case float64:
		return "@." + key + pick(g.r, []string{" == ", " < ", " > ", " <= ", " >= "}) + pick(g.r, []string{"1", "2", "2.5", "5"})
	}
	return "@." + key
}
