package control

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

var errPolicy = apigw.BadRequest("Invalid policy document. Please check the policy syntax and ensure that Principals are valid.")

// normalPolicy checks a resource policy, as the data plane reads it, and returns it in the form in which it is kept: execute-api:/
// resources expanded to arn, which ends in a slash, and lists of one text collapsed to the text.
// The normal form of a normal form is itself.
//
// Observed: the service answers a policy in this form.
func normalPolicy(text, arn string) (string, error) {
	document, err := jsonvalue.ParseString(text)
	if err != nil {
		return "", errPolicy
	}
	if _, err := policy.ParseValue(document, policy.Resource); err != nil {
		return "", errPolicy
	}
	return string(appendPolicy(nil, document, "execute-api:/", arn)), nil
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
