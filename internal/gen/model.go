package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// model is the service model with the overlay applied.
type model struct {
	Operations     map[string]operation `json:"operations"`
	Shapes         map[string]*shape    `json:"shapes"`
	notImplemented map[string]string    // operation to reason
}

// operation is one operation of the model.
type operation struct {
	Name string `json:"name"`
	HTTP struct {
		Method       string `json:"method"`
		RequestURI   string `json:"requestUri"`
		ResponseCode int    `json:"responseCode"`
	} `json:"http"`
	Input  shapeRef `json:"input"`
	Output shapeRef `json:"output"`
}

// shape is one shape of the model: a structure, a list, a map or a scalar.
type shape struct {
	Type      string             `json:"type"`
	Members   map[string]*member `json:"members"`
	Required  []string           `json:"required"`
	Payload   string             `json:"payload"`
	Member    shapeRef           `json:"member"` // of a list
	Value     shapeRef           `json:"value"`  // of a map
	Enum      []string           `json:"enum"`
	Pattern   string             `json:"pattern"`
	Exception bool               `json:"exception"`

	Nullable  bool     `json:"nullable"` // overlay: a map may hold null for this value
	enumOrder []string // overlay: the order in which the service prints the set
	first     []string // overlay: members that come before the others
}

// member is one member of a structure.
type member struct {
	Shape        string `json:"shape"`
	Location     string `json:"location"`
	LocationName string `json:"locationName"`
}

type shapeRef struct {
	Shape string `json:"shape"`
}

// overlay is model/overlay.json. Every entry carries the reason for which it departs from the model.
type overlay struct {
	Shapes []struct {
		Name   string
		Shape  shape
		Reason string
	}
	MemberShapes []struct {
		Structure, Member, Shape, Reason string
	}
	EnumOrder []struct {
		Shape  string
		Order  []string
		Reason string
	}
	MembersFirst []struct {
		Structure string
		Members   []string
		Reason    string
	}
	GreedyLabels []struct {
		Label, Reason string
	}
	NotImplemented []struct {
		Operations []string
		Reason     string
	}
}

// loadModel reads the model and applies the overlay to it. An overlay entry that names something
// which the model lacks, or that gives no reason, is an error.
func loadModel(modelPath, overlayPath string) (*model, error) {
	var m model
	if err := readJSON(modelPath, &m, false); err != nil {
		return nil, err
	}
	var o overlay
	if err := readJSON(overlayPath, &o, true); err != nil {
		return nil, err
	}
	if err := o.apply(&m); err != nil {
		return nil, fmt.Errorf("%s: %w", overlayPath, err)
	}
	return &m, nil
}

func readJSON(path string, into any, strict bool) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("parse %s: %w", path, err)
	}
	return nil
}

// apply changes m as the overlay says.
func (o *overlay) apply(m *model) error {
	var problems []error
	check := func(ok bool, reason, format string, args ...any) bool {
		what := fmt.Sprintf(format, args...)
		if reason == "" {
			problems = append(problems, fmt.Errorf("%s: no reason given", what))
		}
		if !ok {
			problems = append(problems, fmt.Errorf("%s: not in the model, or no permutation of it", what))
		}
		return ok
	}
	for _, e := range o.Shapes {
		if check(m.Shapes[e.Name] == nil, e.Reason, "new shape %s", e.Name) {
			m.Shapes[e.Name] = new(e.Shape)
		}
	}
	for _, e := range o.MemberShapes {
		mem := m.member(e.Structure, e.Member)
		if check(mem != nil && m.Shapes[e.Shape] != nil, e.Reason, "member shape %s.%s", e.Structure, e.Member) {
			mem.Shape = e.Shape
		}
	}
	for _, e := range o.EnumOrder {
		s := m.Shapes[e.Shape]
		ok := s != nil && slices.Equal(slices.Sorted(slices.Values(s.Enum)), slices.Sorted(slices.Values(e.Order)))
		if check(ok, e.Reason, "enum order %s", e.Shape) {
			s.enumOrder = e.Order
		}
	}
	for _, e := range o.MembersFirst {
		ok := !slices.ContainsFunc(e.Members, func(name string) bool { return m.member(e.Structure, name) == nil })
		if check(ok, e.Reason, "members first %s", e.Structure) {
			m.Shapes[e.Structure].first = e.Members
		}
	}
	for _, e := range o.GreedyLabels {
		check(m.makeGreedy(e.Label), e.Reason, "greedy label %s", e.Label)
	}
	m.notImplemented = map[string]string{}
	for _, e := range o.NotImplemented {
		for _, name := range e.Operations {
			_, ok := m.Operations[name]
			check(ok && m.notImplemented[name] == "", e.Reason, "not implemented %s", name)
			m.notImplemented[name] = e.Reason
		}
	}
	return errors.Join(problems...)
}

// member returns the member of a structure, nil where there is none.
func (m *model) member(structure, name string) *member {
	if s := m.Shapes[structure]; s != nil {
		return s.Members[name]
	}
	return nil
}

// makeGreedy marks a URI label as one that takes the rest of the path, in every operation.
func (m *model) makeGreedy(label string) bool {
	found := false
	for name, op := range m.Operations {
		if strings.Contains(op.HTTP.RequestURI, "{"+label+"}") {
			op.HTTP.RequestURI = strings.ReplaceAll(op.HTTP.RequestURI, "{"+label+"}", "{"+label+"+}")
			m.Operations[name] = op
			found = true
		}
	}
	return found
}

// operationNames returns the names of all operations in order.
func (m *model) operationNames() []string {
	return slices.Sorted(maps.Keys(m.Operations))
}

// shapeNames returns the names of all shapes except the exceptions, in order.
func (m *model) shapeNames() []string {
	var names []string
	for name, s := range m.Shapes {
		if !s.Exception {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// memberNames returns the members of a structure in the order in which the service checks them:
// those that the overlay puts first, then the others as in the model.
func (s *shape) memberNames() []string {
	names := slices.Clone(s.first)
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		if !slices.Contains(s.first, name) {
			names = append(names, name)
		}
	}
	return names
}

// wireName returns the name of a member on the wire.
func (m *member) wireName(name string) string {
	if m.LocationName != "" {
		return m.LocationName
	}
	return name
}
