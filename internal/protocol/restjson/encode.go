package restjson

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/apigw"
)

// appendValue appends the JSON of a value.
func appendValue(b []byte, p *plan, v reflect.Value) []byte {
	switch p.shape.Kind {
	case apigw.KindStructure:
		return appendStructure(b, p, v)
	case apigw.KindList:
		b = append(b, '[')
		for i := range v.Len() {
			b = appendComma(b, i)
			b = appendValue(b, p.element, v.Index(i))
		}
		return append(b, ']')
	case apigw.KindMap:
		return appendMap(b, p, v)
	case apigw.KindBoolean:
		return strconv.AppendBool(b, v.Bool())
	case apigw.KindInteger, apigw.KindLong:
		return strconv.AppendInt(b, v.Int(), 10)
	case apigw.KindDouble:
		return appendDouble(b, v.Float())
	case apigw.KindTimestamp:
		return appendTimestamp(b, v.Interface().(time.Time))
	case apigw.KindBlob:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes()), '"')
	}
	if p.shape.Nullable {
		if v.IsNil() {
			return append(b, "null"...)
		}
		v = v.Elem()
	}
	return appendString(b, v.String())
}

// appendStructure appends the members of a structure that are in the body and present.
func appendStructure(b []byte, p *plan, v reflect.Value) []byte {
	b = append(b, '{')
	n := 0
	for i := range p.members {
		m := &p.members[i]
		field := v.Field(m.field)
		if m.Location != apigw.LocationBody || field.IsZero() {
			continue
		}
		if m.pointer {
			field = field.Elem()
		}
		b = appendComma(b, n)
		b = appendString(b, m.WireName())
		b = append(b, ':')
		b = appendValue(b, m.plan, field)
		n++
	}
	return append(b, '}')
}

// appendMap appends a map in the order of its keys.
func appendMap(b []byte, p *plan, v reflect.Value) []byte {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	b = append(b, '{')
	for i, key := range keys {
		b = appendComma(b, i)
		b = appendString(b, key.String())
		b = append(b, ':')
		b = appendValue(b, p.element, v.MapIndex(key))
	}
	return append(b, '}')
}

func appendComma(b []byte, before int) []byte {
	if before > 0 {
		b = append(b, ',')
	}
	return b
}

// appendDouble appends a number that keeps a decimal point: 2.0.
func appendDouble(b []byte, f float64) []byte {
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	if !slices.Contains(b[start:], '.') {
		b = append(b, ".0"...)
	}
	return b
}

// appendTimestamp appends a date as seconds since the epoch, with milliseconds if it has any.
func appendTimestamp(b []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 {
		return strconv.AppendInt(b, ms/1000, 10)
	}
	return strconv.AppendFloat(b, float64(ms)/1000, 'f', -1, 64)
}

// appendString appends a JSON string. Unlike encoding/json it leaves <, > and & alone.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return appendQuoted(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendQuoted appends a string that may need escapes.
func appendQuoted(b []byte, s string) []byte {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return append(b, strings.TrimSuffix(text.String(), "\n")...)
}
