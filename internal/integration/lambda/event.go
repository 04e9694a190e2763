package lambda

// Hot path.

import (
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/internal/mapping"
	"github.com/sluice-gateway/sluice/jsonvalue"
)

// Event is the request as a function of a proxy integration sees it, version 1.0 of the format. The
// lists hold the parameters in the order in which they arrived; where a name repeats, the single value
// is the last one. An empty list is null.
//
// AWS: Lambda proxy integrations in API Gateway (input format).
type Event struct {
	Resource      string // the path of the resource, with its parameters
	Path          string // without the stage
	Method        string
	OperationName string // "" is left out

	Headers        []mapping.Param
	Query          []mapping.Param // decoded
	PathParameters []mapping.Param // raw
	StageVariables []mapping.Param

	Context *mapping.Context

	// Body is text in UTF-8, or with Base64 any bytes. An empty one is null.
	Body   []byte
	Base64 bool
}

// requestTimeLayout is the time format of requestTime, that of Common Log Format.
const requestTimeLayout = "02/Jan/2006:15:04:05 -0700"

// Append appends the event's JSON text to dst. The order of the members is the service's.
//
// Observed: conformance/lambda_event.txtar.
func (e *Event) Append(dst []byte) []byte {
	dst = appendMember(append(dst, '{'), `"resource":`, e.Resource)
	dst = appendMember(dst, `,"path":`, e.Path)
	dst = appendMember(dst, `,"httpMethod":`, e.Method)
	dst = appendMaps(dst, `,"headers":`, `,"multiValueHeaders":`, e.Headers)
	dst = appendMaps(dst, `,"queryStringParameters":`, `,"multiValueQueryStringParameters":`, e.Query)
	dst = appendMap(append(dst, `,"pathParameters":`...), e.PathParameters)
	dst = appendMap(append(dst, `,"stageVariables":`...), e.StageVariables)
	dst = e.appendContext(append(dst, `,"requestContext":{`...))
	dst = append(dst, `},"body":`...)
	encoded := e.Base64 && len(e.Body) > 0
	switch {
	case len(e.Body) == 0:
		dst = append(dst, "null"...)
	case encoded:
		dst = append(base64.StdEncoding.AppendEncode(append(dst, '"'), e.Body), '"')
	default:
		dst = appendText(dst, e.Body)
	}
	dst = strconv.AppendBool(append(dst, `,"isBase64Encoded":`...), encoded)
	return append(dst, '}')
}

// appendContext appends the members of requestContext.
func (e *Event) appendContext(dst []byte) []byte {
	c := e.Context
	dst = appendMember(dst, `"resourceId":`, c.ResourceID)
	dst = appendMember(dst, `,"resourcePath":`, c.ResourcePath)
	dst = appendMember(dst, `,"httpMethod":`, c.HTTPMethod)
	dst = appendMember(dst, `,"extendedRequestId":`, c.ExtendedRequestID)
	dst = c.RequestTime.UTC().AppendFormat(append(dst, `,"requestTime":"`...), requestTimeLayout)
	dst = appendMember(dst, `","path":`, c.Path)
	dst = appendMember(dst, `,"accountId":`, c.AccountID)
	dst = appendMember(dst, `,"protocol":`, c.Protocol)
	dst = appendMember(dst, `,"stage":`, c.Stage)
	dst = appendMember(dst, `,"domainPrefix":`, c.DomainPrefix)
	dst = strconv.AppendInt(append(dst, `,"requestTimeEpoch":`...), c.RequestTime.UnixMilli(), 10)
	dst = appendMember(dst, `,"requestId":`, c.RequestID)
	dst = appendIdentity(append(dst, `,"identity":{`...), &c.Identity)
	dst = appendMember(dst, `},"domainName":`, c.DomainName)
	dst = appendMember(dst, `,"deploymentId":`, c.DeploymentID)
	dst = appendMember(dst, `,"apiId":`, c.APIID)
	if c.Authorizer.Exists() {
		dst = c.Authorizer.Append(append(dst, `,"authorizer":`...), jsonvalue.Verbatim)
	}
	if e.OperationName != "" {
		dst = appendMember(dst, `,"operationName":`, e.OperationName)
	}
	if c.IsCanaryRequest != "" {
		dst = append(append(dst, `,"isCanaryRequest":`...), c.IsCanaryRequest...)
	}
	return dst
}

// appendIdentity appends the members of identity; what is not known is null.
func appendIdentity(dst []byte, i *mapping.Identity) []byte {
	dst = appendOptional(dst, `"cognitoIdentityPoolId":`, i.CognitoIdentityPoolID)
	dst = appendOptional(dst, `,"accountId":`, i.AccountID)
	dst = appendOptional(dst, `,"cognitoIdentityId":`, i.CognitoIdentityID)
	dst = appendOptional(dst, `,"caller":`, i.Caller)
	dst = appendOptional(dst, `,"sourceIp":`, i.SourceIP)
	dst = appendOptional(dst, `,"principalOrgId":`, i.PrincipalOrgID)
	dst = appendOptional(dst, `,"accessKey":`, i.AccessKey)
	dst = appendOptional(dst, `,"cognitoAuthenticationType":`, i.CognitoAuthenticationType)
	dst = appendOptional(dst, `,"cognitoAuthenticationProvider":`, i.CognitoAuthenticationProvider)
	dst = appendOptional(dst, `,"userArn":`, i.UserARN)
	dst = appendOptional(dst, `,"userAgent":`, i.UserAgent)
	dst = appendOptional(dst, `,"user":`, i.User)
	if i.APIKey != "" {
		dst = appendMember(dst, `,"apiKey":`, i.APIKey)
		dst = appendOptional(dst, `,"apiKeyId":`, i.APIKeyID)
	}
	if i.VPCEndpointID != "" {
		dst = appendMember(dst, `,"vpceId":`, i.VPCEndpointID)
		dst = appendOptional(dst, `,"vpcId":`, i.VPCID)
	}
	if i.ClientCert.Exists() {
		dst = i.ClientCert.Append(append(dst, `,"clientCert":`...), jsonvalue.Verbatim)
	}
	return dst
}

// appendMember appends a member whose value is text.
func appendMember(dst []byte, key, value string) []byte {
	return appendString(append(dst, key...), value)
}

// appendOptional appends a member whose value is text, or null if it is empty.
func appendOptional(dst []byte, key, value string) []byte {
	dst = append(dst, key...)
	if value == "" {
		return append(dst, "null"...)
	}
	return appendString(dst, value)
}

// appendString appends a text as JSON. What is not UTF-8 in it becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return jsonvalue.AppendString(dst, s, jsonvalue.Verbatim)
}

// appendText is appendString for a body, which is UTF-8 already.
func appendText(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}

// appendMap appends an object of parameters whose names differ.
func appendMap(dst []byte, list []mapping.Param) []byte {
	if len(list) == 0 {
		return append(dst, "null"...)
	}
	for i := range list {
		dst = appendString(append(dst, opening(i, '{')), list[i].Name)
		dst = appendString(append(dst, ':'), list[i].Value)
	}
	return append(dst, '}')
}

// opening returns what stands before the i-th element of an array or object.
func opening(i int, bracket byte) byte {
	if i == 0 {
		return bracket
	}
	return ','
}

// appendMaps appends the members with the last and with all values of each parameter.
func appendMaps(dst []byte, single, multiple string, list []mapping.Param) []byte {
	if len(list) == 0 {
		return append(append(append(append(dst, single...), "null"...), multiple...), "null"...)
	}
	var memory [smallList]link
	links := linkNames(memory[:0], list)
	dst = append(dst, single...)
	bracket := byte('{')
	for i := range list {
		if links[i].follows {
			continue
		}
		last := i
		for links[last].next != 0 {
			last = links[last].next
		}
		dst = appendString(append(dst, bracket), list[i].Name)
		dst = appendString(append(dst, ':'), list[last].Value)
		bracket = ','
	}
	dst = append(append(dst, '}'), multiple...)
	bracket = '{'
	for i := range list {
		if links[i].follows {
			continue
		}
		dst = appendString(append(dst, bracket), list[i].Name)
		dst = appendString(append(dst, `:[`...), list[i].Value)
		for next := links[i].next; next != 0; next = links[next].next {
			dst = appendString(append(dst, ','), list[next].Value)
		}
		dst = append(dst, ']')
		bracket = ','
	}
	return append(dst, '}')
}

// link ties the parameters of one name together.
type link struct {
	next    int  // the next parameter of that name, 0 if there is none
	follows bool // there is one before it
}

// smallList is how many parameters are compared each with each; for more a table is built, lest a
// request with thousands of them be expensive.
const smallList = 48

// linkNames appends the links of a list to the empty links.
func linkNames(links []link, list []mapping.Param) []link {
	if len(list) > smallList {
		return linkMany(list)
	}
	for i := range list {
		links = append(links, link{})
		for j := i - 1; j >= 0; j-- {
			if list[j].Name == list[i].Name {
				links[i].follows, links[j].next = true, i
				break
			}
		}
	}
	return links
}

// linkMany is linkNames for a long list.
func linkMany(list []mapping.Param) []link {
	links := make([]link, len(list))
	last := make(map[string]int, len(list))
	for i := range list {
		if j, ok := last[list[i].Name]; ok {
			links[i].follows, links[j].next = true, i
		}
		last[list[i].Name] = i
	}
	return links
}
