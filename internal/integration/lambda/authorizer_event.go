package lambda

// Hot path.

import "github.com/sluice-gateway/sluice/internal/mapping"

// AppendAuthorizerToken appends the event of an authorizer of the type TOKEN to dst.
//
// AWS: Input to an API Gateway Lambda authorizer.
func AppendAuthorizerToken(dst []byte, token, methodARN string) []byte {
	dst = appendMember(dst, `{"type":"TOKEN","methodArn":`, methodARN)
	return append(appendMember(dst, `,"authorizationToken":`, token), '}')
}

// AppendAuthorizerRequest appends the event of an authorizer of the type REQUEST to dst. It is the proxy event
// without the body, and what is empty in it is an empty object, not null.
//
// AWS: Input to an API Gateway Lambda authorizer. Observed: conformance/authorizer_request_event.txtar.
func (e *Event) AppendAuthorizerRequest(dst []byte, methodARN string) []byte {
	dst = appendMember(dst, `{"type":"REQUEST","methodArn":`, methodARN)
	dst = appendMember(dst, `,"resource":`, e.Resource)
	dst = appendMember(dst, `,"path":`, e.Path)
	dst = appendMember(dst, `,"httpMethod":`, e.Method)
	dst = appendObjects(dst, `,"headers":`, `,"multiValueHeaders":`, e.Headers)
	dst = appendObjects(dst, `,"queryStringParameters":`, `,"multiValueQueryStringParameters":`, e.Query)
	dst = appendObject(append(dst, `,"pathParameters":`...), e.PathParameters)
	dst = appendObject(append(dst, `,"stageVariables":`...), e.StageVariables)
	dst = e.appendContext(append(dst, `,"requestContext":{`...))
	return append(dst, "}}"...)
}

// appendObject is appendMap, with an empty object for no parameters.
func appendObject(dst []byte, list []mapping.Param) []byte {
	if len(list) == 0 {
		return append(dst, "{}"...)
	}
	return appendMap(dst, list)
}

// appendObjects is appendMaps, with empty objects for no parameters.
func appendObjects(dst []byte, single, multiple string, list []mapping.Param) []byte {
	if len(list) == 0 {
		return append(append(append(append(dst, single...), "{}"...), multiple...), "{}"...)
	}
	return appendMaps(dst, single, multiple, list)
}
