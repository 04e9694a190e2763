package control

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

var errPolicy = apigw.BadRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")

// normalPolicy checks a resource policy and returns it in the form in which it is kept: execute-api:/
// resources expanded to arn, which ends in a slash, and lists of one text collapsed to the text.
// The normal form of a normal form is itself.
//
// Observed: the service answers a policy in this form.
func normalPolicy(text, arn string) (string, error) {
	document, err := jsonvalue.ParseString(text)
	if err != nil || !isPolicy(document) {
		return "", errPolicy
	}
	return string(appendPolicy(nil, document, "execute-api:/", arn)), nil
}

// isPolicy reports whether document has the shape of a resource policy: statements, each with an effect,
// principals, actions and resources.
//
// AWS: "IAM JSON policy elements reference".
func isPolicy(document jsonvalue.Value) bool {
	all := document.Get("Statement")
	if all.Kind() == jsonvalue.Object {
		return isStatement(all)
	}
	for _, s := range all.Elements() {
		if !isStatement(s) {
			return false
		}
	}
	return all.Len() > 0
}

func isStatement(s jsonvalue.Value) bool {
	effect := s.Get("Effect").Text()
	return (effect == "Allow" || effect == "Deny") &&
		hasOne(s, "Principal", "NotPrincipal") && hasOne(s, "Action", "NotAction") && hasOne(s, "Resource", "NotResource")
}

// hasOne reports whether exactly one of two members of a statement is there, with
// something in it: a text, a list, or, for principals, an object.
func hasOne(s jsonvalue.Value, member, opposite string) bool {
	v := s.Get(member)
	if v.Exists() == s.Get(opposite).Exists() {
		return false
	}
	if !v.Exists() {
		v = s.Get(opposite)
	}
	switch v.Kind() {
	case jsonvalue.String:
		return v.Text() != ""
	case jsonvalue.Array:
		return v.Len() > 0
	}
	return v.Kind() == jsonvalue.Object && v.Len() > 0 && member == "Principal"
}

// appendPolicy appends v, in which lists of one text are collapsed and, in resources, texts that begin with
// short get the beginning long.
func appendPolicy(dst []byte, v jsonvalue.Value, short, long string) []byte {
	switch {
	case v.Kind() == jsonvalue.Object:
		return appendObject(dst, v, func(dst []byte, name string, member jsonvalue.Value) []byte {
			if name == "Resource" || name == "NotResource" {
				return appendResource(dst, member, short, long)
			}
			return appendPolicy(dst, member, short, long)
		})
	case v.Kind() == jsonvalue.Array && v.Len() == 1 && v.At(0).Kind() == jsonvalue.String:
		return v.At(0).Append(dst, jsonvalue.Verbatim)
	case v.Kind() == jsonvalue.Array:
		return appendArray(dst, v, func(dst []byte, element jsonvalue.Value) []byte {
			return appendPolicy(dst, element, short, long)
		})
	}
	return v.Append(dst, jsonvalue.Verbatim)
}

// appendResource appends a resource of a statement, or a list of such.
func appendResource(dst []byte, v jsonvalue.Value, short, long string) []byte {
	switch {
	case v.Kind() == jsonvalue.Array && v.Len() == 1:
		return appendResource(dst, v.At(0), short, long)
	case v.Kind() == jsonvalue.Array:
		return appendArray(dst, v, func(dst []byte, element jsonvalue.Value) []byte {
			return appendResource(dst, element, short, long)
		})
	}
	if rest, ok := strings.CutPrefix(v.Text(), short); ok && v.Kind() == jsonvalue.String {
		return jsonvalue.AppendString(dst, long+rest, jsonvalue.Verbatim)
	}
	return v.Append(dst, jsonvalue.Verbatim)
}

// escapedPolicy returns a policy as answers show it: as the inside of a JSON string.
func escapedPolicy(policy string) string {
	quoted := jsonvalue.AppendString(nil, policy, jsonvalue.Verbatim)
	return string(quoted[1 : len(quoted)-1])
}
