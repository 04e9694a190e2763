package control

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// The refusals of URIs and ARNs.
var (
	errNoURI          = apigw.BadRequest("Invalid integration URI specified")
	errInvalidHTTPURI = apigw.BadRequest("Invalid HTTP endpoint specified for URI")
	errInvalidARN     = apigw.BadRequest("Invalid ARN specified in the request")
	errNoPathOrAction = apigw.BadRequest("AWS ARN for integration must contain path or action")
	errNotLambda      = apigw.BadRequest("Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
	errFunctionARN    = apigw.BadRequest("Invalid function ARN or invalid uri")
)

// stageVariable is a reference to a stage variable in a URI or a connection.
//
// AWS: "Amazon API Gateway stage variables reference".
var stageVariable = regexp.MustCompile(`\$\{stageVariables\.[A-Za-z0-9_]+\}`)

// checkURI says whether the URI of an integration fits its type. Nothing is looked up: neither
// the host nor the function need exist.
func checkURI(i *apigw.Integration) error {
	kind := apigw.Value(i.Type)
	if kind == apigw.IntegrationTypeMock {
		return nil
	}
	if i.Uri == nil {
		return errNoURI
	}
	switch kind {
	case apigw.IntegrationTypeAws, apigw.IntegrationTypeAwsProxy:
		return checkServiceURI(*i.Uri, kind)
	}
	uri := *i.Uri
	if i.IntegrationTarget != nil && !strings.Contains(uri, "://") {
		uri = "http://" + uri // AWS: "Private integrations for REST APIs": the scheme may be left out
	}
	if !isHTTPURI(uri) {
		return errInvalidHTTPURI
	}
	return nil
}

// isHTTPURI reports whether a text is an absolute http or https URL, as RFC 3986 asks, in which
// {name} may stand in path and query, and stage variables anywhere but for the scheme.
func isHTTPURI(uri string) bool {
	// Digits are lawful wherever a variable may stand, a port included.
	uri = stageVariable.ReplaceAllString(uri, "443")
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return false
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	return isAuthority(authority) && isURIText(tail, true)
}

// isAuthority reports whether a text is a host with an optional port and user information.
func isAuthority(authority string) bool {
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if colon := strings.LastIndexByte(host, ':'); colon > strings.LastIndexByte(host, ']') {
		if !isPort(host[colon+1:]) {
			return false
		}
		host = host[:colon]
	}
	return host != "" && isURIText(authority, false)
}

// isPort reports whether a back end may listen there.
//
// AWS: "Amazon API Gateway quotas and important notes": the standard ports and those from 1024.
func isPort(text string) bool {
	port, err := strconv.Atoi(text)
	return err == nil && (port == 80 || port == 443 || port >= 1024 && port <= 65535)
}

// isURIText reports whether a text has only the characters of RFC 3986, with whole escapes, and
// braces in pairs where they are allowed.
func isURIText(text string, braces bool) bool {
	open := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '{' || c == '}':
			if !braces || open == (c == '{') {
				return false
			}
			open = !open
		case c == '%':
			if i+2 >= len(text) || !isHexDigit(text[i+1]) || !isHexDigit(text[i+2]) {
				return false
			}
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`|", c) >= 0:
			return false
		}
	}
	return !open
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// arn is an ARN taken apart.
type arn struct {
	service, region, account, resource string
}

// parseARN takes an ARN apart. It reports false for a text that is none.
func parseARN(text string) (arn, bool) {
	parts := strings.SplitN(text, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return arn{}, false
	}
	return arn{service: parts[2], region: parts[3], account: parts[4], resource: parts[5]}, true
}

// The paths of Lambda's API that a proxy integration may name. Documentation also writes them
// with a second slash before the version.
const (
	invokePrefix    = "2015-03-31/functions/"
	invokeSuffix    = "/invocations"
	streamingPrefix = "2021-11-15/functions/"
	streamingSuffix = "/response-streaming-invocations"
)

// checkServiceURI says whether a text is arn:{partition}:apigateway:{region}:{service}:{path|action}/{rest}.
// Partition and region may be any.
func checkServiceURI(uri string, kind apigw.IntegrationType) error {
	a, ok := parseARN(uri)
	if !ok {
		return errInvalidARN
	}
	path, isPath := strings.CutPrefix(a.resource, "path/")
	if !isPath && !strings.HasPrefix(a.resource, "action/") {
		return errNoPathOrAction
	}
	if a.service != "apigateway" || a.account == "" {
		return errInvalidARN
	}
	if kind != apigw.IntegrationTypeAwsProxy {
		return nil
	}
	if a.account != "lambda" || !isPath {
		return errNotLambda
	}
	return checkFunctionPath(strings.TrimPrefix(path, "/"))
}

// checkFunctionPath says whether a path invokes a Lambda function, whole or streaming.
func checkFunctionPath(path string) error {
	function, ok := cut(path, invokePrefix, invokeSuffix)
	if !ok {
		function, ok = cut(path, streamingPrefix, streamingSuffix)
	}
	if !ok {
		return errNotLambda
	}
	if _, isARN := parseARN(function); !isARN && !stageVariable.MatchString(function) {
		return errFunctionARN
	}
	return nil
}

// cut returns what stands between a prefix and a suffix.
func cut(text, prefix, suffix string) (string, bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(rest, suffix)
}

// serviceOf returns the service that the URI of an AWS integration names, "" where there is none.
func serviceOf(i *apigw.Integration) string {
	a, _ := parseARN(apigw.Value(i.Uri))
	return a.account
}
