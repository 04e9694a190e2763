package permit

import (
	"reflect"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/restjson"
)

// place is what a call works on: the path of its resource, whose segments are decoded.
//
// A place is named in one way only, however the path was spelled: what a policy denies must not be allowed by
// another spelling of it. Packages control and permit therefore agree about what names the same thing; the tests
// hold them to it.
type place struct {
	owner    string // the account that has it
	segments []string
}

// placeOf returns the place of an operation's path.
func placeOf(caller restjson.Caller, call *restjson.Call) place {
	p := place{owner: caller.AccountID}
	path, _, _ := strings.Cut(call.Operation.URI, "?")
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if label, ok := strings.CutPrefix(segment, "{"); ok {
			segment = call.Labels[strings.TrimRight(label, "+}")]
		}
		p.segments = append(p.segments, segment)
	}
	switch {
	case p.is("domainnameaccessassociations", "*"):
		if named, ok := placeOfARN(p.segments[1]); ok {
			return named
		}
	case p.segments[0] == "domainnames" && len(p.segments) > 1:
		p.segments[1] = strings.ToLower(p.segments[1])
		if id := domainNameID(call.Input()); id != "" {
			p.segments[1] += "+" + id
		}
	}
	return p
}

// domainNameID returns the member domainNameId of an input, "" where there is none.
func domainNameID(input any) string {
	id, _ := field(input, "DomainNameId").(*string)
	return apigw.Value(id)
}

// field returns a field of an input by its name, nil where there is none.
func field(input any, name string) any {
	if input == nil {
		return nil
	}
	f := reflect.ValueOf(input).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	return f.Interface()
}

// placeOfARN returns the place that an ARN names, and the account that it names as the owner, "" for none. It
// reports false for a text that is no ARN of the service's. Partition and region are those of the call: others
// are refused by the operations.
func placeOfARN(arn string) (place, bool) {
	const parts = 6
	part := strings.SplitN(arn, ":", parts)
	if len(part) != parts || part[0] != "arn" || part[2] != "apigateway" || !strings.HasPrefix(part[5], "/") {
		return place{}, false
	}
	p := place{owner: part[4], segments: strings.Split(part[5][1:], "/")}
	for i, segment := range p.segments {
		if i > 0 && (p.segments[i-1] == "domainnames" || p.segments[i-1] == "domainname") {
			p.segments[i] = strings.ToLower(segment)
		}
	}
	return p, true
}

// taggedPlace returns the place of a thing that the caller tags, by its ARN. The caller's account has it, unless
// it is an access association, whoever the ARN says.
func taggedPlace(caller restjson.Caller, arn string) (place, bool) {
	p, ok := placeOfARN(arn)
	if ok && p.segments[0] != "domainnameaccessassociations" {
		p.owner = caller.AccountID
	}
	return p, ok
}

// is reports whether the place has exactly these segments; "*" is any one.
func (p place) is(segments ...string) bool {
	if len(p.segments) != len(segments) {
		return false
	}
	for i, want := range segments {
		if want != "*" && want != p.segments[i] {
			return false
		}
	}
	return true
}

// nameEscaper keeps a name from looking like two segments.
var nameEscaper = strings.NewReplacer("%", "%25", "/", "%2F")

// arn returns the ARN of the place. Only private domain names and access associations have their account in it.
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management (resource types).
func (p place) arn(caller restjson.Caller) string {
	account := ""
	if p.segments[0] == "domainnameaccessassociations" || p.is("domainnames", "*") && strings.Contains(p.segments[1], "+") {
		account = p.owner
	}
	var b strings.Builder
	b.WriteString(arnPrefix(caller) + account + ":")
	for _, segment := range p.segments {
		b.WriteString("/")
		_, _ = nameEscaper.WriteString(&b, segment) // it never fails
	}
	return b.String()
}

// arnPrefix returns what the ARNs of the service begin with, up to the account.
func arnPrefix(caller restjson.Caller) string {
	return "arn:" + caller.Partition + ":apigateway:" + caller.Region + ":"
}

// tagsARN returns the ARN of the tags of a thing, by the thing's own ARN. A thing that is yet to be made has no
// name: its tags are those of "*" in its collection.
//
// AWS: Actions, resources, and condition keys for Amazon API Gateway Management (Tags: UrlEncodedResourceARN).
// Observed: internal/permit/permit_test.go ("*", in published logs of the service's clients).
func tagsARN(caller restjson.Caller, arn string) string {
	if collection, ok := strings.CutSuffix(arn, "/*"); ok {
		return arnPrefix(caller) + ":/tags/" + escapeAll(collection+"/") + "*"
	}
	return arnPrefix(caller) + ":/tags/" + escapeAll(arn)
}

// escapeAll percent-encodes every byte that is not unreserved.
func escapeAll(text string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
	}
	return b.String()
}
