package control

import (
	"fmt"
	"maps"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// parameterName is the form of the names of mapped parameters.
var parameterName = regexp.MustCompile(`^[a-zA-Z0-9._$-]+$`)

// parameterNameProblem is what the service says of a name of another form.
const parameterNameProblem = "Parameter name should match the following regular expression: ^[a-zA-Z0-9._$-]+$"

// expressionProblem is what the service says of a parameter or an expression of no known form.
func expressionProblem(text string) string {
	return "Invalid mapping expression specified: " + text
}

// undeclaredProblem is what the service says of a parameter that is not declared where it must be.
func undeclaredProblem(text string) string {
	return "Invalid mapping expression parameter specified: " + text
}

// contentTypeProblem is what the service says of a content type that is none.
func contentTypeProblem(text string) string {
	return "Invalid content type specified: " + text
}

// mappingError frames the problems of parameters and mapping expressions, nil where there are none.
func mappingError(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return apigw.BadRequest("Invalid mapping expression specified: " + validationResult(problems))
}

// templateError frames the problems of templates, nil where there are none.
func templateError(problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return apigw.BadRequest(validationResult(problems))
}

// validationResult is the frame around problems that the service collects.
func validationResult(problems []string) string {
	return fmt.Sprintf("Validation Result: warnings : [], errors : [%s]", strings.Join(problems, ", "))
}

// The places that a method's request parameters may be in.
//
// AWS: "Method" in the Amazon API Gateway API reference, requestParameters.
var methodRequestPlaces = []string{"path", "querystring", "header", "multivaluequerystring", "multivalueheader"}

// parameterProblem says what is wrong with a parameter that must be
// {prefix}.{place}.{name}, "" where nothing is.
func parameterProblem(text, prefix string, places ...string) string {
	for _, place := range places {
		name, ok := strings.CutPrefix(text, prefix+"."+place+".")
		switch {
		case !ok || name == "":
		case parameterName.MatchString(name):
			return ""
		default:
			return parameterNameProblem
		}
	}
	return expressionProblem(text)
}

// parameterProblems collects the problems of the keys of a map of declared parameters.
func parameterProblems[V any](parameters map[string]V, prefix string, places ...string) []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		if p := parameterProblem(key, prefix, places...); p != "" {
			problems = append(problems, p)
		}
	}
	return problems
}

// isContentType reports whether text is a media type, with or without parameters.
func isContentType(text string) bool {
	mediaType, _, err := mime.ParseMediaType(text)
	main, sub, ok := strings.Cut(mediaType, "/")
	return err == nil && ok && main != "" && sub != "" && !strings.Contains(sub, "/")
}

// contentTypeProblems collects the problems of the keys of a map from content types.
func contentTypeProblems[V any](byType map[string]V) []string {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(byType)) {
		if !isContentType(key) {
			problems = append(problems, contentTypeProblem(key))
		}
	}
	return problems
}
