package restjson

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// decode fills the input of an operation from a request. A value of the wrong type is reported at once;
// violations of constraints are collected over the whole input, in the order of the members.
func (b *binding) decode(r *http.Request, labels map[string]string, body []byte, in reflect.Value) error {
	p := b.input
	violations := make([][]string, len(p.members))
	seen := make([]bool, len(p.members))
	prefix := strings.ToLower(b.info.Name[:1]) + b.info.Name[1:] + "Input"

	if err := b.decodeLocated(r, labels, in, violations, seen); err != nil {
		return err
	}
	switch {
	case p.payload >= 0:
		seen[p.payload] = len(body) > 0
		in.Field(p.members[p.payload].field).SetBytes(body)
	case len(p.body) > 0:
		if err := decodeBody(p, body, in, prefix, violations, seen); err != nil {
			return err
		}
	}
	for i := range p.members {
		m := &p.members[i]
		if m.Required && !seen[i] {
			path := m.Name
			if m.Location == apigw.LocationBody || m.Location == apigw.LocationPayload {
				path = prefix + "." + m.Name
			}
			violations[i] = []string{missingViolation(path)}
		}
	}
	return validationError(slices.Concat(violations...))
}

// decodeLocated fills the members that are not in the body.
func (b *binding) decodeLocated(r *http.Request, labels map[string]string, in reflect.Value, violations [][]string, seen []bool) error {
	query := r.URL.Query()
	for i := range b.input.members {
		m := &b.input.members[i]
		var texts []string
		switch m.Location {
		case apigw.LocationURI:
			texts = []string{labels[m.WireName()]}
		case apigw.LocationQuery:
			// Observed: Terraform and other clients send parameters without a value where they mean none.
			texts = slices.DeleteFunc(query[m.WireName()], func(text string) bool { return text == "" })
		case apigw.LocationHeader:
			texts = r.Header.Values(m.WireName())
		case apigw.LocationOtherQueries:
			b.setOtherQueries(m, query, in)
			continue
		default:
			continue
		}
		if len(texts) == 0 {
			continue
		}
		seen[i] = true
		v, err := m.setTexts(m.settable(in), texts)
		if err != nil {
			return err
		}
		violations[i] = v
	}
	return nil
}

// setTexts sets a member of the path, the query or a header. A list comes repeated or as one value
// with commas; of a repeated scalar the first value counts.
func (m *memberPlan) setTexts(field reflect.Value, texts []string) ([]string, error) {
	if m.plan.shape.Kind != apigw.KindList {
		return m.plan.setText(field, texts[0], m.Name)
	}
	var parts []string
	for _, text := range texts {
		parts = append(parts, strings.Split(text, ",")...)
	}
	list := reflect.MakeSlice(m.plan.typ, len(parts), len(parts))
	for i, part := range parts {
		if _, err := m.plan.element.setText(list.Index(i), part, m.Name); err != nil {
			return nil, err
		}
	}
	field.Set(list)
	return m.plan.listViolations(parts, m.Name), nil
}

// setOtherQueries sets the map of the query parameters that neither a member nor the operation's
// own template names. Without any the map stays nil.
func (b *binding) setOtherQueries(m *memberPlan, query url.Values, in reflect.Value) {
	_, fixed, _ := strings.Cut(b.info.URI, "?")
	named, _ := url.ParseQuery(fixed)
	for i := range b.input.members {
		if other := &b.input.members[i]; other.Location == apigw.LocationQuery {
			named.Set(other.WireName(), "")
		}
	}
	others := map[string]string{}
	for name, values := range query {
		if !named.Has(name) {
			others[name] = strings.Join(values, ",") // "extensions" of GetExport may be repeated
		}
	}
	if len(others) > 0 {
		in.Field(m.field).Set(reflect.ValueOf(others))
	}
}
