package policy_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/policy"
)

// The plain evaluator: it reads the JSON document anew for each request, knows the request's keys as texts,
// and turns every pattern into a regular expression. It is slow, and says what policies mean in the words of
// IAM's documentation.

// plainEffect is what a policy says of a request.
func plainEffect(document string, kind policy.Kind, r *policy.Request) policy.Effect {
	var p struct {
		Version   string
		Statement []map[string]any
	}
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		panic(err)
	}
	e := &plain{keys: plainKeys(r), request: r, variables: p.Version == "2012-10-17"}
	effect := policy.Silent
	for _, s := range p.Statement {
		if !e.applies(s, kind) {
			continue
		}
		if s["Effect"] == "Deny" {
			return policy.Deny
		}
		effect = policy.Allow
	}
	return effect
}

type plain struct {
	keys      map[string][]string
	request   *policy.Request
	variables bool
}

// plainKeys are the keys of a request by their names in lower case.
func plainKeys(r *policy.Request) map[string][]string {
	p := &r.Principal
	keys := map[string][]string{
		"aws:currenttime":       {r.Time.UTC().Format(time.RFC3339)},
		"aws:epochtime":         {strconv.FormatInt(r.Time.Unix(), 10)},
		"aws:securetransport":   {strconv.FormatBool(r.SecureTransport)},
		"aws:sourceip":          {r.SourceIP.String()},
		"aws:principalorgpaths": p.OrgPaths,
	}
	set := func(name, value string) {
		if value != "" {
			keys[name] = []string{value}
		}
	}
	set("aws:username", p.Username)
	set("aws:userid", p.UserID)
	set("aws:principalaccount", p.AccountID)
	set("aws:principaltype", p.Type)
	set("aws:principalarn", p.ARN)
	set("aws:principalarn", p.RoleARN)
	if r.UserAgent.Present {
		keys["aws:useragent"] = []string{r.UserAgent.Text}
	}
	for _, t := range p.Tags {
		keys["aws:principaltag/"+strings.ToLower(t.Key)] = []string{t.Value}
	}
	return keys
}

func (e *plain) applies(s map[string]any, kind policy.Kind) bool {
	if kind == policy.Resource && !e.principal(s) {
		return false
	}
	if list, not := element(s, "Action"); e.any(list, func(v string) bool { return e.glob(strings.ToLower(v), e.request.Action, false) }) == not {
		return false
	}
	if list, not := element(s, "Resource"); e.any(list, func(v string) bool { return e.arn(v, e.request.Resource) }) == not {
		return false
	}
	conditions, _ := s["Condition"].(map[string]any)
	for operator, keys := range conditions {
		for key, values := range keys.(map[string]any) {
			if !e.condition(operator, strings.ToLower(key), texts(values)) {
				return false
			}
		}
	}
	return true
}

func (e *plain) principal(s map[string]any) bool {
	list, not := element(s, "Principal")
	if object, ok := s["Principal"].(map[string]any); ok {
		list = texts(object["AWS"])
	} else if object, ok := s["NotPrincipal"].(map[string]any); ok {
		list = texts(object["AWS"])
	}
	p := e.request.Principal
	return e.any(list, func(v string) bool {
		return v == "*" || p.AccountID != "" && (v == p.AccountID || v == "arn:aws:iam::"+p.AccountID+":root" || v == p.ARN || v == p.RoleARN)
	}) != not
}

func (e *plain) condition(operator, key string, want []string) bool {
	values := e.keys[key]
	if operator == "Null" {
		return e.any(want, func(v string) bool { return (v == "true") == (len(values) == 0) })
	}
	base, ifExists := strings.CutSuffix(operator, "IfExists")
	base, all := strings.CutPrefix(base, "ForAllValues:")
	base, some := strings.CutPrefix(base, "ForAnyValue:")
	positive := strings.Replace(base, "Not", "", 1)
	negated := positive != base
	if len(values) == 0 {
		return ifExists || all || negated && !some
	}
	matching, count := 0, len(values)
	for _, value := range values {
		if e.any(want, func(w string) bool { return e.compare(positive, value, w) }) != negated {
			matching++
		}
	}
	switch {
	case all, negated && !some:
		return matching == count
	default:
		return matching > 0
	}
}

func (e *plain) compare(operator, value, want string) bool {
	switch operator {
	case "StringEquals":
		return e.glob(want, value, true)
	case "StringEqualsIgnoreCase":
		return e.glob(strings.ToLower(want), strings.ToLower(value), true)
	case "StringLike":
		return e.glob(want, value, false)
	case "ArnLike", "ArnEquals":
		return e.arn(want, value)
	case "IpAddress":
		addr, err := netip.ParseAddr(value)
		prefix, _ := netip.ParsePrefix(want)
		return err == nil && prefix.Contains(addr)
	case "Bool":
		return value == want
	case "NumericLessThan", "NumericEquals", "NumericGreaterThanEquals":
		x, err := strconv.Atoi(value)
		if t, timeErr := time.Parse(time.RFC3339, value); timeErr == nil {
			x, err = int(t.Unix()), nil
		}
		y, _ := strconv.Atoi(want)
		return err == nil && map[string]bool{"NumericLessThan": x < y, "NumericEquals": x == y, "NumericGreaterThanEquals": x >= y}[operator]
	case "DateLessThan", "DateGreaterThanEquals":
		x, err := time.Parse(time.RFC3339, value)
		if seconds, numberErr := strconv.Atoi(value); numberErr == nil {
			x, err = time.Unix(int64(seconds), 0), nil
		}
		y, _ := time.Parse(time.RFC3339, want)
		return err == nil && (operator == "DateLessThan") == x.Before(y)
	}
	panic("no operator " + operator)
}

// arn compares part by part.
func (e *plain) arn(want, value string) bool {
	if !strings.HasPrefix(want, "arn:") {
		return e.glob(want, value, false)
	}
	hidden := regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllStringFunc(want, func(v string) string {
		if !e.variables {
			return v
		}
		return strings.ReplaceAll(v, ":", "\x00")
	})
	parts, values := strings.SplitN(hidden, ":", 6), strings.SplitN(value, ":", 6)
	if len(values) < 6 {
		return false
	}
	for i, part := range parts {
		if !e.glob(strings.ReplaceAll(part, "\x00", ":"), values[i], false) {
			return false
		}
	}
	return true
}

// glob matches by a regular expression, in which variables are replaced by their values.
func (e *plain) glob(want, value string, exact bool) bool {
	resolved := true
	var b strings.Builder
	for _, part := range regexp.MustCompile(`\$\{[^}]*\}|.`).FindAllString(want, -1) {
		switch name := strings.TrimSuffix(strings.TrimPrefix(part, "${"), "}"); {
		case len(part) > 1 && strings.HasPrefix(part, "${") && e.variables:
			text, ok := e.variable(name)
			resolved = resolved && ok
			b.WriteString(regexp.QuoteMeta(text))
		case part == "*" && !exact:
			b.WriteString(".*")
		case part == "?" && !exact:
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(part))
		}
	}
	return resolved && regexp.MustCompile(`(?s)^`+b.String()+`$`).MatchString(value)
}

func (e *plain) variable(name string) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	name, rest, found := strings.Cut(name, ",")
	if values := e.keys[strings.ToLower(name)]; len(values) == 1 {
		return values[0], true
	}
	return strings.Trim(strings.TrimSpace(rest), "'"), found
}

func (e *plain) any(list []string, fits func(string) bool) bool {
	for _, v := range list {
		if fits(v) {
			return true
		}
	}
	return false
}

// element returns an element of a statement, or its opposite.
func element(s map[string]any, name string) (list []string, not bool) {
	if v, ok := s["Not"+name]; ok {
		return texts(v), true
	}
	return texts(s[name]), false
}

func texts(v any) []string {
	switch v := v.(type) {
	case []any:
		var list []string
		for _, element := range v {
			list = append(list, fmt.Sprint(element))
		}
		return list
	case nil, map[string]any:
		return nil
	}
	return []string{fmt.Sprint(v)}
}

// TestEvaluateLikeThePlainOne: for whatever policy and request, both evaluators say the same.
func TestEvaluateLikeThePlainOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]policy.Kind{policy.Resource, policy.Identity}).Draw(t, "kind")
		document, err := json.Marshal(map[string]any{
			"Version":   rapid.SampledFrom([]string{"2012-10-17", "2008-10-17"}).Draw(t, "version"),
			"Statement": rapid.SliceOfN(rapid.Custom(func(t *rapid.T) map[string]any { return drawStatement(t, kind) }), 1, 4).Draw(t, "statements"),
		})
		if err != nil {
			t.Fatal(err)
		}
		r := drawRequest(t)
		p, err := policy.Parse(string(document), kind)
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if got, want := p.Evaluate(r).Effect, plainEffect(string(document), kind, r); got != want {
			t.Fatalf("%s\n%+v\ngot %v, want %v", document, r, got, want)
		}
	})
}

func drawStatement(t *rapid.T, kind policy.Kind) map[string]any {
	s := map[string]any{"Effect": rapid.SampledFrom([]string{"Allow", "Allow", "Deny"}).Draw(t, "effect")}
	put := func(name string, value any) {
		if rapid.IntRange(0, 4).Draw(t, "opposite") == 0 {
			name = "Not" + name
		}
		s[name] = value
	}
	if kind == policy.Resource {
		principal := rapid.SampledFrom([]string{"*", account, "444455556666", "arn:aws:iam::111122223333:user/ops/ann", "arn:aws:iam::444455556666:role/Caller"})
		put("Principal", map[string]any{"AWS": rapid.SliceOfN(principal, 1, 2).Draw(t, "principals")})
	}
	put("Action", rapid.SampledFrom([]any{"*", "execute-api:Invoke", "execute-api:*", "lambda:*", []string{"s3:*", "execute-api:I*e"}}).Draw(t, "action"))
	resource := rapid.SampledFrom([]string{
		"*", method, "arn:aws:execute-api:*:*:*", "arn:aws:execute-api:eu-west-1:111122223333:abc123/*/GET/*", "arn:aws:execute-api",
		"arn:aws:execute-api:*:*:abc???/prod/*/${aws:username}", "arn:aws:execute-api:*:${aws:PrincipalAccount, 'x'}:*", "arn:aws:execute-api:*/prod/GET/*", "arn:*:*:*:*:*/pets/${?}",
	})
	put("Resource", rapid.SliceOfN(resource, 1, 3).Draw(t, "resources"))
	if rapid.Bool().Draw(t, "conditional") {
		conditions := map[string]any{}
		for range rapid.IntRange(1, 2).Draw(t, "operators") {
			operator, key, values := drawCondition(t)
			conditions[operator] = map[string]any{key: values}
		}
		s["Condition"] = conditions
	}
	return s
}

func drawCondition(t *rapid.T) (operator, key string, values any) {
	key = rapid.SampledFrom([]string{
		"aws:username", "aws:UserAgent", "AWS:PrincipalArn", "aws:PrincipalTag/Team", "aws:PrincipalOrgPaths", "aws:SourceIp", "aws:SourceVpc",
		"aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:PrincipalType", "my:key",
	}).Draw(t, "key")
	family := rapid.SampledFrom([]struct{ operators, values []string }{
		{[]string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"},
			[]string{"ann", "ANN", "a*", "*", "?nn", "", "blue", "curl/*", "o-1/*", "*/ou-1/", "User", "${aws:username}", "${aws:PrincipalTag/team,'ann'}", "a${*}", "192.0.2.7", "true"}},
		{[]string{"ArnLike", "ArnNotLike", "ArnEquals", "ArnNotEquals"},
			[]string{"arn:aws:iam::111122223333:user/ops/ann", "arn:aws:iam::*:*/${aws:username}", "arn:*:role/*", "*", "arn:aws:iam"}},
		{[]string{"IpAddress", "NotIpAddress"}, []string{"192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0", "10.0.0.0/8"}},
		{[]string{"Bool"}, []string{"true", "false"}},
		{[]string{"NumericLessThan", "NumericEquals", "NumericNotEquals", "NumericGreaterThanEquals"}, []string{"1795359845", "5", "2000000000"}},
		{[]string{"DateLessThan", "DateGreaterThanEquals"}, []string{"2026-11-22T15:04:05Z", "2027-01-01T00:00:00+01:00", "2000-01-01T00:00:00Z"}},
		{[]string{"Null"}, []string{"true", "false"}},
	}).Draw(t, "family")
	operator = rapid.SampledFrom(family.operators).Draw(t, "operator")
	if operator != "Null" {
		operator = rapid.SampledFrom([]string{"", "", "ForAllValues:", "ForAnyValue:"}).Draw(t, "quantity") + operator
		operator += rapid.SampledFrom([]string{"", "", "IfExists"}).Draw(t, "if exists")
	}
	return operator, key, rapid.SliceOfN(rapid.SampledFrom(family.values), 0, 3).Draw(t, "values")
}

func drawRequest(t *rapid.T) *policy.Request {
	r := rapid.SampledFrom([]func() *policy.Request{request, session, anonymous}).Draw(t, "caller")()
	r.SourceIP = netip.MustParseAddr(rapid.SampledFrom([]string{"192.0.2.7", "198.51.100.4", "2001:db8::1"}).Draw(t, "address"))
	r.SecureTransport = rapid.Bool().Draw(t, "encrypted")
	r.UserAgent.Present = rapid.Bool().Draw(t, "has a user agent")
	r.Time = now.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "seconds")) * time.Second)
	return r
}
