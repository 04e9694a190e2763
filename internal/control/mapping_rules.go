package control

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// A parameter mapping is a map from a destination to an expression that says where its value comes from.
//
// AWS: "Amazon API Gateway API request and response data mapping reference".

// checkRequestParameters says whether the parameter mapping of an integration is lawful on a method.
func checkRequestParameters(m *apigw.Method, i *apigw.Integration) error {
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(i.RequestParameters)) {
		if p := parameterProblem(key, "integration.request", "path", "querystring", "header"); p != "" {
			problems = append(problems, p)
			continue
		}
		value := i.RequestParameters[key]
		p := sourceProblem(value, "method.request", methodRequestPlaces)
		if p == "" && strings.HasPrefix(value, "method.request.") && !isBody(value, "method.request") && !declares(m.RequestParameters, value) {
			p = undeclaredProblem(value)
		}
		if p != "" {
			problems = append(problems, p)
		}
	}
	return mappingError(problems)
}

// declares reports whether a method's declared parameters cover one that an expression names. All values of a
// parameter may be asked for where it is declared with one.
func declares(parameters map[string]bool, name string) bool {
	if _, ok := parameters[name]; ok {
		return true
	}
	for _, multi := range []string{"querystring", "header"} {
		if rest, ok := strings.CutPrefix(name, "method.request.multivalue"+multi+"."); ok {
			_, ok = parameters["method.request."+multi+"."+rest]
			return ok
		}
	}
	return false
}

// checkResponseParameters says whether the parameter mapping of an integration response is lawful,
// given the method response of its status, nil where there is none.
func checkResponseParameters(parameters map[string]string, response *apigw.MethodResponse) error {
	if len(parameters) == 0 {
		return nil
	}
	if response == nil {
		return mappingError([]string{"No method response exists for method."})
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		p := parameterProblem(key, "method.response", "header")
		if _, declared := response.ResponseParameters[key]; p == "" && !declared {
			p = undeclaredProblem(key)
		}
		if p == "" {
			p = sourceProblem(parameters[key], "integration.response", []string{"header", "multivalueheader"})
		}
		if p != "" {
			problems = append(problems, p)
		}
	}
	return mappingError(problems)
}

// sourceProblem says what is wrong with an expression whose message, if it names one, begins with
// prefix and has parameters in places; "" where nothing is.
func sourceProblem(text, prefix string, places []string) string {
	switch {
	case strings.HasPrefix(text, "'"):
		if len(text) < 2 || strings.IndexByte(text[1:], '\'') != len(text)-2 {
			return expressionProblem(text)
		}
		return ""
	case strings.HasPrefix(text, "context."):
		if rest := text[len("context."):]; rest == "" || strings.ContainsAny(rest, " '\"") {
			return expressionProblem(text)
		}
		return ""
	case strings.HasPrefix(text, "stageVariables."):
		return nameProblem(text, "stageVariables.")
	case isBody(text, prefix):
		return ""
	}
	return parameterProblem(text, prefix, places...)
}

// isBody reports whether an expression names the body of a message, or a place in it.
func isBody(text, prefix string) bool {
	rest, ok := strings.CutPrefix(text, prefix+".body")
	return ok && (rest == "" || len(rest) > 1 && rest[0] == '.')
}

// nameProblem says what is wrong with the name after a prefix.
func nameProblem(text, prefix string) string {
	switch name := strings.TrimPrefix(text, prefix); {
	case name == "":
		return expressionProblem(text)
	case !parameterName.MatchString(name):
		return parameterNameProblem
	}
	return ""
}
