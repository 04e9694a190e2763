// Hot path.

package gateway

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/header"
)

// Names of headers that the gateway writes, in the case in which it writes them.
const (
	headerAccept          = "Accept"
	headerAPIID           = "X-Amzn-Apigateway-Api-Id"
	headerContentEncoding = "Content-Encoding"
	headerContentType     = "Content-Type"
	headerErrorType       = "x-amzn-ErrorType"
	headerExtendedID      = "x-amz-apigw-id"
	headerForwardedFor    = "X-Forwarded-For"
	headerForwardedPort   = "X-Forwarded-Port"
	headerForwardedProto  = "X-Forwarded-Proto"
	headerHost            = "Host"
	headerLambdaTag       = "x-amzn-lambda-integration-tag"
	headerRequestID       = "x-amzn-RequestId"
	headerSourceARN       = "X-Amz-Source-Arn"
	headerTraceID         = "X-Amzn-Trace-Id"
	headerUserAgent       = "User-Agent"
	headerAuthorization   = "Authorization"

	remappedPrefix = "x-amzn-Remapped-"
)

// fate is what happens to a header on its way.
type fate uint8

const (
	pass   fate = iota // it goes on as it is
	drop               // it is left out
	remap              // it goes on as x-amzn-Remapped-NAME
	refuse             // the request fails: 500 Internal server error
)

// headerRules gives each header its fate by its name; a name that is not there passes. They lie by the
// length of the name, so that most names are compared with none.
type headerRules [maxRuleName + 1][]headerRule

// headerRule is the fate of the headers of one name.
type headerRule struct {
	name    string
	renamed string // the name behind x-amzn-Remapped-
	fate    fate
}

// maxRuleName is the longest name in a table of rules.
const maxRuleName = 32

// newHeaderRules makes a table out of names, separated by blanks, for each fate.
func newHeaderRules(names map[fate]string) *headerRules {
	var r headerRules
	for fate, list := range names {
		for _, name := range strings.Fields(list) {
			r[len(name)] = append(r[len(name)], headerRule{name, remappedPrefix + name, fate})
		}
	}
	return &r
}

// of returns the fate of a header, whatever the case of its name.
func (r *headerRules) of(name string) fate {
	if rule := r.find(name); rule != nil {
		return rule.fate
	}
	return pass
}

// find returns the rule for a header, whatever the case of its name, or nil.
func (r *headerRules) find(name string) *headerRule {
	if len(name) > maxRuleName {
		return nil
	}
	for i := range r[len(name)] {
		if rule := &r[len(name)][i]; header.EqualName(rule.name, name) {
			return rule
		}
	}
	return nil
}

var (
	// receivedRules: headers of the client that mappings and templates never see.
	//
	// Observed: conformance/request_removed_headers.txtar.
	receivedRules = newHeaderRules(map[fate]string{
		drop: "Connection Content-Length Content-MD5 Expect Max-Forwards Proxy-Authenticate Server TE Transfer-Encoding Trailer Upgrade WWW-Authenticate",
	})

	// proxiedRules: headers of the client that HTTP_PROXY does not send on, besides those above. The
	// body has been decoded when it is sent, hence no Content-Encoding.
	//
	// AWS: Amazon API Gateway important notes (table of header mapping, to HTTP_PROXY; an
	// X-HTTP-Method-Override reaches the back end only when it is mapped). Differs: Keep-Alive and
	// Proxy-Connection concern the client's connection and are dropped as well.
	proxiedRules = newHeaderRules(map[fate]string{
		drop: "Content-Encoding Host Keep-Alive Proxy-Connection Via X-Amzn-Apigateway-Api-Id X-HTTP-Method-Override",
	})

	// mappedRules: headers that an HTTP or HTTP_PROXY integration maps or overrides explicitly.
	//
	// Observed: conformance/request_headers_restricted.txtar.
	mappedRules = newHeaderRules(map[fate]string{
		drop:   "Connection Expect Proxy-Authenticate TE Via",
		refuse: "Content-Length Transfer-Encoding X-Amzn-Apigateway-Api-Id X-Amzn-Trace-Id",
	})

	// serviceRules: headers that an AWS or AWS_PROXY integration maps or overrides explicitly. Those of the
	// signature are the gateway's, whatever they are mapped to.
	//
	// Observed: conformance/aws_headers_restricted.txtar, conformance/lambda_restricted.txtar.
	serviceRules = newHeaderRules(map[fate]string{
		refuse: "Authorization Connection Content-Length Expect Proxy-Authenticate TE Transfer-Encoding",
	})

	// returnedRules: headers that an integration response maps or overrides explicitly.
	//
	// Observed: conformance/integration_response_remapped.txtar. Differs: the two identifiers are
	// renamed, too, so that a response has each once.
	returnedRules = newHeaderRules(map[fate]string{
		drop: "Transfer-Encoding",
		remap: "Authorization Connection Content-Length Content-MD5 Date Expect Host Max-Forwards Proxy-Authenticate Server Trailer Upgrade User-Agent WWW-Authenticate " +
			"x-amzn-RequestId x-amz-apigw-id",
	})

	// proxyReturnedRules: headers that the back end of an HTTP_PROXY integration returns.
	//
	// AWS: Amazon API Gateway important notes (table of header mapping, from HTTP_PROXY).
	// Observed: conformance/http_proxy_response.txtar.
	proxyReturnedRules = newHeaderRules(map[fate]string{
		drop: "Expect Host Keep-Alive Proxy-Authenticate TE Transfer-Encoding Via",
		remap: "Authorization Connection Content-Length Content-MD5 Date Max-Forwards Server Trailer Upgrade User-Agent WWW-Authenticate " +
			"x-amzn-RequestId x-amz-apigw-id",
	})
)

// addReturned appends a header of the method response under the name that the rules give it.
func addReturned(list *header.List, rules *headerRules, name, value string) {
	rule := rules.find(name)
	switch {
	case rule == nil || rule.fate == pass:
		list.Add(name, value)
	case rule.fate == drop:
	case rule.name == name:
		list.Add(rule.renamed, value)
	default:
		list.Add(remappedPrefix+name, value) // in the case in which it came
	}
}
