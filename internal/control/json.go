package control

import "github.com/sluice-gateway/sluice/jsonvalue"

// appendObject appends the object v with each member's value as value writes it.
func appendObject(dst []byte, v jsonvalue.Value, value func(dst []byte, name string, member jsonvalue.Value) []byte) []byte {
	dst = append(dst, '{')
	for name, member := range v.Members() {
		dst = appendName(dst, name)
		dst = value(dst, name, member)
	}
	return append(dst, '}')
}

// appendName appends the name of the next member of the object that dst ends in.
func appendName(dst []byte, name string) []byte {
	if dst[len(dst)-1] != '{' {
		dst = append(dst, ',')
	}
	dst = jsonvalue.AppendString(dst, name, jsonvalue.Verbatim)
	return append(dst, ':')
}

// appendArray appends the array v with its elements as element writes them.
func appendArray(dst []byte, v jsonvalue.Value, element func(dst []byte, element jsonvalue.Value) []byte) []byte {
	dst = append(dst, '[')
	for i, e := range v.Elements() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = element(dst, e)
	}
	return append(dst, ']')
}
