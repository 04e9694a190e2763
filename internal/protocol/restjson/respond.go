package restjson

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
)

// answer is a response that is ready to be written.
type answer struct {
	status int
	header map[string]string // names as they are written
	body   []byte
}

// encode returns the answer of an operation that succeeded.
func (b *binding) encode(out reflect.Value) *answer {
	a := &answer{status: b.info.Code, header: map[string]string{}}
	if a.status == http.StatusNoContent {
		return a
	}
	a.header["Content-Type"] = "application/json"
	if b.output == nil {
		return a
	}
	v := out.Elem()
	for i := range b.output.members {
		m := &b.output.members[i]
		if field := v.Field(m.field); m.Location == apigw.LocationHeader && !field.IsNil() {
			a.header[m.WireName()] = field.Elem().String()
		}
	}
	if b.output.payload >= 0 {
		a.body = v.Field(b.output.members[b.output.payload].field).Bytes()
		return a
	}
	a.body = appendStructure(nil, b.output, v)
	return a
}

// errorAnswer returns the answer for an error.
func errorAnswer(e *apigw.Error) *answer {
	a := &answer{status: e.Status, header: map[string]string{
		"Content-Type":     "application/json",
		"x-amzn-ErrorType": e.Type,
	}}
	if e.RetryAfter > 0 {
		a.header["Retry-After"] = strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds())))
	}
	a.body = append(a.body, '{')
	a.body = appendString(a.body, e.MessageMember())
	a.body = append(a.body, ':')
	a.body = appendString(a.body, e.Message)
	a.body = append(a.body, '}')
	return a
}

// write sends the answer. That the client is gone is no concern of ours.
func (a *answer) write(w http.ResponseWriter, ids requestIDs) {
	h := w.Header()
	for name, value := range a.header {
		h[name] = []string{value}
	}
	h["x-amzn-RequestId"] = []string{ids.request}
	h["x-amz-apigw-id"] = []string{ids.extended}
	if a.status != http.StatusNoContent {
		h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// requestIDs are the two names of a request in the headers of its answer.
type requestIDs struct {
	request  string // a UUID
	extended string // sixteen characters that end in "="
}

func newRequestIDs() requestIDs {
	var random [27]byte
	rand.Read(random[:]) // never fails
	u := random[:16]
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return requestIDs{
		request:  fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:]),
		extended: base64.StdEncoding.EncodeToString(random[16:]),
	}
}
