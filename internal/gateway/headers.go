// Hot path.

package gateway

import "github.com/sluice-gateway/sluice/internal/header"

// Names of headers that the gateway writes, in the case in which it writes them.
const (
	headerAccept         = "Accept"
	headerAPIID          = "X-Amzn-Apigateway-Api-Id"
	headerContentType    = "Content-Type"
	headerErrorType      = "x-amzn-ErrorType"
	headerExtendedID     = "x-amz-apigw-id"
	headerForwardedFor   = "X-Forwarded-For"
	headerForwardedPort  = "X-Forwarded-Port"
	headerForwardedProto = "X-Forwarded-Proto"
	headerHost           = "Host"
	headerRequestID      = "x-amzn-RequestId"
	headerTraceID        = "X-Amzn-Trace-Id"
	headerUserAgent      = "User-Agent"
	headerAuthorization  = "Authorization"

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

// headerRules gives each header its fate by its name in lower case; a name that is not there passes.
type headerRules map[string]fate

// maxRuleName is the longest name in a table of rules.
const maxRuleName = 32

// of returns the fate of a header, whatever the case of its name.
func (r headerRules) of(name string) fate {
	if len(name) > maxRuleName {
		return pass
	}
	var buf [maxRuleName]byte
	for i := 0; i < len(name); i++ {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return r[string(buf[:len(name)])]
}

// receivedRules: headers of the client that mappings and templates never see.
var receivedRules = headerRules{
	"connection": drop, "content-length": drop, "content-md5": drop, "expect": drop,
	"max-forwards": drop, "proxy-authenticate": drop, "server": drop, "te": drop,
	"transfer-encoding": drop, "trailer": drop, "upgrade": drop, "www-authenticate": drop,
}

// proxiedRules: headers of the client that HTTP_PROXY does not send on, besides those of
// receivedRules and Host. The body has been decoded when it is sent, hence no Content-Encoding.
//
// AWS: Amazon API Gateway important notes (table of header mapping, to HTTP_PROXY).
var proxiedRules = headerRules{
	"content-encoding": drop, "via": drop, "host": drop, "keep-alive": drop, "proxy-connection": drop,
}

// mappedRules: headers that an HTTP or HTTP_PROXY integration maps or overrides explicitly.
var mappedRules = headerRules{
	"connection": drop, "expect": drop, "proxy-authenticate": drop, "te": drop, "via": drop,
	"content-length": refuse, "transfer-encoding": refuse,
	"x-amzn-trace-id": refuse, "x-amzn-apigateway-api-id": refuse,
}

// returnedRules: headers that an integration response maps or overrides explicitly.
var returnedRules = headerRules{
	"authorization": remap, "connection": remap, "content-length": remap, "content-md5": remap,
	"date": remap, "expect": remap, "host": remap, "max-forwards": remap, "proxy-authenticate": remap,
	"server": remap, "trailer": remap, "upgrade": remap, "user-agent": remap, "www-authenticate": remap,
	"transfer-encoding": drop,
}

// proxyReturnedRules: headers that the back end of an HTTP_PROXY integration returns.
//
// AWS: Amazon API Gateway important notes (table of header mapping, from HTTP_PROXY); the first line
// is as recorded.
var proxyReturnedRules = headerRules{
	"connection": remap, "content-length": remap, "date": remap, "server": remap, "x-amzn-requestid": remap,
	"authorization": remap, "content-md5": remap, "max-forwards": remap, "trailer": remap, "upgrade": remap,
	"user-agent": remap, "www-authenticate": remap, "x-amz-apigw-id": remap,
	"transfer-encoding": drop, "via": drop, "expect": drop, "host": drop, "proxy-authenticate": drop, "te": drop,
	"keep-alive": drop,
}

// addReturned appends a header of the method response under the name that the rules give it.
func addReturned(list *header.List, rules headerRules, name, value string) {
	switch rules.of(name) {
	case drop:
	case remap:
		list.Add(remappedPrefix+name, value)
	default:
		list.Add(name, value)
	}
}
