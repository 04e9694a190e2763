package main

import (
	"math/rand/v2"
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

// newCase makes the case number n.
func (g *pathGenerator) newCase(n int) pathCase {
	var b strings.Builder
	b.WriteString("$")
	for range 1 + g.r.IntN(4) {
		b.WriteString(g.step())
	}
	return pathCase{ID: strconv.Itoa(n), Selector: b.String(), Document: pick(g.r, pathDocuments)}
}

var keys = []string{"a", "b", "c", "k", "n", "t", "d", "s", "o", "e", "items", "nope", "w"}

func (g *pathGenerator) step() string {
	key := pick(g.r, keys)
	switch g.r.IntN(12) {
	case 0, 1, 2, 3:
		return "." + key
	case 4:
		return "['" + key + "']"
	case 5:
		return "['" + key + "', '" + pick(g.r, keys) + "']"
	case 6:
		return pick(g.r, []string{".*", "[*]"})
	case 7:
		return "[" + strconv.Itoa(g.r.IntN(4)) + "]"
	case 8:
		return pick(g.r, []string{"[0:2]", "[1:]", "[:2]", "[-2:]", "[0,2]", "[:-1]", "[1,2,0]"})
	case 9:
		return ".." + pick(g.r, []string{key, "*", "[0]", "['" + key + "']", "[?(@.k)]"})
	default:
		return "[?(" + g.filter() + ")]"
	}
}

func (g *pathGenerator) filter() string {
	key := pick(g.r, keys)
	switch g.r.IntN(4) {
	case 0:
		return "@." + key
	case 1:
		return "@." + key + pick(g.r, []string{" == ", " != "}) + pick(g.r, []string{"1", "2.5", "'a'", "'x'", "null", "true"})
	case 2:
		return "@.n" + pick(g.r, []string{" < ", " > ", " <= ", " >= "}) + pick(g.r, []string{"1", "2", "2.5", "5"})
	default:
		return "@.k == 'a' " + pick(g.r, []string{"&&", "||"}) + " @." + key
	}
}
