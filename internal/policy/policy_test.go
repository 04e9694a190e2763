package policy_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/policy"
)

const (
	account = "111122223333"
	method  = "arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/GET/pets/7"
)

var now = time.Date(2026, 11, 22, 15, 4, 5, 0, time.UTC)

// request is one by a user of the API's own account.
func request() *policy.Request {
	return &policy.Request{
		Action: policy.ActionInvoke, Resource: method, Time: now,
		SourceIP: netip.MustParseAddr("192.0.2.7"), UserAgent: policy.Optional{Text: "curl/8", Present: true},
		Principal: policy.Principal{
			AccountID: account, ARN: "arn:aws:iam::111122223333:user/ops/ann", Type: "User", UserID: "AIDAANN", Username: "ann",
			OrgID: "o-1", OrgPaths: []string{"o-1/r-1/ou-1/", "o-1/r-1/ou-2/"}, Tags: []policy.Tag{{Key: "Team", Value: "blue"}},
		},
	}
}

// session is a request by a session of a role, with a second factor used a minute ago.
func session() *policy.Request {
	r := request()
	r.Principal = policy.Principal{
		AccountID: "444455556666", ARN: "arn:aws:sts::444455556666:assumed-role/Caller/job-1", RoleARN: "arn:aws:iam::444455556666:role/Caller",
		Type: "AssumedRole", UserID: "AROAX:job-1", TokenIssued: now.Add(-time.Hour), MultiFactor: true, MultiFactorSince: now.Add(-time.Minute),
	}
	return r
}

// anonymous is a request of nobody who is known.
func anonymous() *policy.Request {
	r := request()
	r.Principal = policy.Principal{}
	return r
}

// TestCondition: the operators and keys, one condition at a time, in a policy that denies nothing else.
func TestCondition(t *testing.T) {
	tests := []struct {
		condition string
		request   *policy.Request
		want      bool
	}{
		{`"StringEquals": {"aws:username": "ann"}`, request(), true},
		{`"StringEquals": {"AWS:UserName": "ann"}`, request(), true}, // names of keys have no case
		{`"StringEquals": {"aws:username": "Ann"}`, request(), false},
		{`"StringEquals": {"aws:username": "a*"}`, request(), false}, // no wildcards
		{`"StringEquals": {"aws:username": ["bob", "ann"]}`, request(), true},
		{`"StringEquals": {"aws:username": []}`, request(), false},
		{`"StringNotEquals": {"aws:username": ["bob", "ann"]}`, request(), false},
		{`"StringNotEquals": {"aws:username": ["bob", "eve"]}`, request(), true},
		{`"StringEqualsIgnoreCase": {"aws:username": "ANN"}`, request(), true},
		{`"StringNotEqualsIgnoreCase": {"aws:username": "ANN"}`, request(), false},
		{`"StringLike": {"aws:UserAgent": "curl/*"}`, request(), true},
		{`"StringLike": {"aws:UserAgent": "curl/?"}`, request(), true},
		{`"StringLike": {"aws:UserAgent": "curl/??"}`, request(), false},
		{`"StringNotLike": {"aws:UserAgent": "*url*"}`, request(), false},

		// An absent key.
		{`"StringEquals": {"aws:Referer": "x"}`, request(), false},
		{`"StringNotEquals": {"aws:Referer": "x"}`, request(), true},
		{`"StringEqualsIfExists": {"aws:Referer": "x"}`, request(), true},
		{`"StringEqualsIfExists": {"aws:username": "x"}`, request(), false},
		{`"IpAddressIfExists": {"aws:VpcSourceIp": "10.0.0.0/8"}`, request(), true},
		{`"Null": {"aws:Referer": "true"}`, request(), true},
		{`"Null": {"aws:Referer": "false"}`, request(), false},
		{`"Null": {"aws:username": false}`, request(), true},
		{`"Null": {"custom:key": "true"}`, request(), true},
		{`"StringEquals": {"aws:SourceVpc": "vpc-1"}`, request(), false},

		// Addresses.
		{`"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}`, request(), true},
		{`"IpAddress": {"aws:SourceIp": "192.0.2.99/24"}`, request(), true},
		{`"IpAddress": {"aws:SourceIp": "192.0.2.7"}`, request(), true},
		{`"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}`, request(), false},
		{`"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]}`, request(), false},
		{`"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}`, request(), true},
		{`"StringLike": {"aws:SourceIp": "192.0.*"}`, request(), true},

		// Numbers, dates, flags.
		{`"NumericLessThan": {"aws:MultiFactorAuthAge": "61"}`, session(), true},
		{`"NumericLessThanEquals": {"aws:MultiFactorAuthAge": 60}`, session(), true},
		{`"NumericGreaterThan": {"aws:MultiFactorAuthAge": "60"}`, session(), false},
		{`"NumericEquals": {"aws:MultiFactorAuthAge": "60.0"}`, session(), true},
		{`"NumericNotEquals": {"aws:MultiFactorAuthAge": "60"}`, session(), false},
		{`"NumericGreaterThanEquals": {"aws:username": "1"}`, request(), false},
		{`"DateGreaterThan": {"aws:CurrentTime": "2026-11-22T15:04:04Z"}`, request(), true},
		{`"DateLessThan": {"aws:CurrentTime": "2026-11-22T17:04:06+02:00"}`, request(), true},
		{`"DateEquals": {"aws:CurrentTime": "2026-11-22T15:04:05Z"}`, request(), true},
		{`"DateGreaterThanEquals": {"aws:CurrentTime": "2026-11"}`, request(), true},
		{`"DateLessThan": {"aws:EpochTime": "1795359846"}`, request(), true},
		{`"NumericEquals": {"aws:EpochTime": "1795359845"}`, request(), true},
		{`"DateLessThan": {"aws:TokenIssueTime": "2026-11-22T14:05:00Z"}`, session(), true},
		{`"DateLessThan": {"aws:TokenIssueTime": "2026-11-22T14:05:00Z"}`, request(), false},
		{`"Bool": {"aws:SecureTransport": "false"}`, request(), true},
		{`"Bool": {"aws:SecureTransport": true}`, request(), false},
		{`"Bool": {"aws:MultiFactorAuthPresent": "true"}`, session(), true},
		{`"Bool": {"aws:MultiFactorAuthPresent": "false"}`, request(), false}, // absent
		{`"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}`, request(), true},
		{`"BinaryEquals": {"aws:username": "YW5u"}`, request(), true},

		// ARNs are compared part by part.
		{`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ops/*"}`, request(), true},
		{`"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/*"}`, request(), true},
		{`"ArnLike": {"aws:PrincipalArn": "arn:*:user/ops/ann"}`, request(), false},
		{`"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}`, request(), true},
		{`"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::444455556666:role/Caller"}`, session(), true}, // the role's, not the session's

		// Several values.
		{`"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*/ou-2/"}`, request(), true},
		{`"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "*/ou-2/"}`, request(), false},
		{`"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": ["*/ou-2/", "*/ou-1/"]}`, request(), true},
		{`"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "*/ou-2/"}`, request(), true},
		{`"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": "*/ou-2/"}`, request(), false},
		{`"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "*"}`, session(), false}, // absent
		{`"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": "x"}`, session(), true},
		{`"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": "x"}`, session(), false},

		// Variables.
		{`"StringEquals": {"aws:userid": "AIDA${aws:PrincipalTag/none, 'ANN'}"}`, request(), true},
		{`"StringEquals": {"aws:PrincipalTag/team": "${aws:principaltag/TEAM}"}`, request(), true},
		{`"StringLike": {"aws:PrincipalArn": "*/${aws:username}"}`, request(), true},
		{`"StringLike": {"aws:PrincipalArn": "*${aws:Referer}"}`, request(), false}, // stands for nothing
		{`"StringNotLike": {"aws:PrincipalArn": "*${aws:Referer}"}`, request(), true},
		{`"StringEquals": {"aws:username": "${"}`, request(), false},

		// All conditions must hold.
		{`"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:SecureTransport": "true"}`, request(), false},
		{`"StringEquals": {"aws:username": "ann", "aws:userid": "other"}`, request(), false},
	}
	for _, tt := range tests {
		text := `{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {` + tt.condition + `}}}`
		if got := evaluate(t, text, policy.Identity, tt.request).Effect == policy.Deny; got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.condition, got, tt.want)
		}
	}
}

// TestResource: which methods a statement is about.
func TestResource(t *testing.T) {
	tests := []struct {
		resource string
		want     bool
	}{
		{`"*"`, true},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/GET/pets/7"`, true},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/*"`, true},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/*/GET/*"`, true},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/*/7"`, true}, // across slashes
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/G?T/pets/?"`, true},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/POST/*"`, false},
		{`"arn:aws:execute-api:eu-west-1:111122223333:abc123/prod/GET/pets"`, false},
		{`"arn:aws:execute-api:*:*:*"`, true},
		{`"arn:aws:execute-api"`, true},               // what is missing stands for any
		{`"arn:aws:execute-api:*/prod/GET/*"`, false}, // "*" ends at a colon
		{`"arn:aws:lambda:*:*:*"`, false},             // another service
		{`["arn:aws:lambda:*:*:*", "arn:*:*:*:*:*"]`, true},
		{`"arn:aws:execute-api:*:*:*/pets/${aws:PrincipalTag/id, '7'}"`, true},
		{`"arn:aws:execute-api:*:*:*/pets/${aws:Referer}"`, false},
		{`"arn:aws:execute-api:*:*:*/pets/${?}"`, false},
	}
	for _, tt := range tests {
		for _, element := range []struct {
			name string
			want bool
		}{{"Resource", tt.want}, {"NotResource", !tt.want}} {
			text := `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "execute-api:*", "` + element.name + `": ` + tt.resource + `}}`
			if got := evaluate(t, text, policy.Identity, request()).Effect == policy.Allow; got != element.want {
				t.Errorf("%s %s: got %v, want %v", element.name, tt.resource, got, element.want)
			}
		}
	}
	text := `{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:execute-api:*:*:*/pets/${aws:PrincipalTag/id, '7'}"}}`
	if got := evaluate(t, text, policy.Identity, request()); got.Effect != policy.Silent {
		t.Errorf("a variable of the old version: got %v", got)
	}
}

func TestAction(t *testing.T) {
	for action, want := range map[string]bool{
		`"execute-api:Invoke"`: true, `"Execute-Api:INVOKE"`: true, `"execute-api:*"`: true, `"execute-api:Inv*"`: true, `"*"`: true,
		`["execute-api:InvalidateCache", "execute-api:Invoke"]`: true, `"execute-api:InvalidateCache"`: false, `"lambda:*"`: false,
	} {
		text := `{"Statement": [{"Effect": "Allow", "Action": ` + action + `, "Resource": "*"}]}`
		if got := evaluate(t, text, policy.Identity, request()).Effect == policy.Allow; got != want {
			t.Errorf("Action %s: got %v, want %v", action, got, want)
		}
		text = strings.Replace(text, "Action", "NotAction", 1)
		if got := evaluate(t, text, policy.Identity, request()).Effect == policy.Allow; got == want {
			t.Errorf("NotAction %s: got %v, want %v", action, got, !want)
		}
	}
}

// TestPrincipal: whom a statement is about, among a user, the session of a role of another account, the root of
// the user's account, and somebody who is not known.
func TestPrincipal(t *testing.T) {
	root := request()
	root.Principal = policy.Principal{AccountID: account, ARN: "arn:aws:iam::111122223333:root", Type: "Account"}
	const direct, delegated, none = "direct", "delegated", "none"
	tests := []struct {
		principal                   string
		user, session, root, nobody string
	}{
		{`"*"`, direct, direct, direct, direct},
		{`{"AWS": "*"}`, direct, direct, direct, direct},
		{`{"AWS": "111122223333"}`, delegated, none, direct, none},
		{`{"AWS": "arn:aws:iam::111122223333:root"}`, delegated, none, direct, none},
		{`{"AWS": ["111122223333", "arn:aws:iam::111122223333:user/ops/ann"]}`, direct, none, direct, none},
		{`{"AWS": "arn:aws:iam::111122223333:user/ann"}`, none, none, none, none},
		{`{"AWS": "arn:aws:iam::444455556666:role/Caller"}`, none, direct, none, none},
		{`{"AWS": "arn:aws:sts::444455556666:assumed-role/Caller/job-1"}`, none, direct, none, none},
		{`{"Service": "*"}`, none, none, none, none},
		{`{"Federated": "cognito-identity.amazonaws.com", "AWS": "444455556666"}`, none, delegated, none, none},
	}
	for _, tt := range tests {
		for _, who := range []struct {
			name    string
			request *policy.Request
			want    string
		}{{"user", request(), tt.user}, {"session", session(), tt.session}, {"root", root, tt.root}, {"nobody", anonymous(), tt.nobody}} {
			text := `{"Statement": {"Effect": "Allow", "Principal": ` + tt.principal + `, "Action": "*", "Resource": "*"}}`
			d := evaluate(t, text, policy.Resource, who.request)
			got := direct
			switch {
			case d.Effect == policy.Silent:
				got = none
			case d.Delegated:
				got = delegated
			}
			if got != who.want {
				t.Errorf("%s, %s: got %s, want %s", tt.principal, who.name, got, who.want)
			}
			text = strings.Replace(strings.Replace(text, "Principal", "NotPrincipal", 1), "Allow", "Deny", 1)
			if denied := evaluate(t, text, policy.Resource, who.request).Effect == policy.Deny; denied != (who.want == none) {
				t.Errorf("not %s, %s: denied %v", tt.principal, who.name, denied)
			}
		}
	}
}

// TestEvaluate: which statement decides.
func TestEvaluate(t *testing.T) {
	const text = `{"Version": "2012-10-17", "Id": "all", "Statement": [
		{"Sid": "Account", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"},
		{"Sid": "Ann", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/ops/ann"}, "Action": "*", "Resource": "*"},
		{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
		{"Sid": "NoGuests", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
	]}`
	guest := request()
	guest.SourceIP = netip.MustParseAddr("203.0.113.9")
	other := request()
	other.Principal.ARN = "arn:aws:iam::111122223333:user/bob"
	encrypted := anonymous()
	encrypted.SecureTransport = true
	tests := []struct {
		name    string
		request *policy.Request
		want    policy.Decision
		words   string
	}{
		{"direct before delegated", request(), policy.Decision{Effect: policy.Allow, Statement: 2, Sid: "Ann"}, "Allow by statement 2 (Ann)"},
		{"delegated", other, policy.Decision{Effect: policy.Allow, Statement: 1, Sid: "Account", Delegated: true}, "Allow by statement 1 (Account)"},
		{"everyone", encrypted, policy.Decision{Effect: policy.Allow, Statement: 3}, "Allow by statement 3"},
		{"denied", guest, policy.Decision{Effect: policy.Deny, Statement: 4, Sid: "NoGuests"}, "Deny by statement 4 (NoGuests)"},
		{"silent", anonymous(), policy.Decision{}, "no statement applies"},
	}
	for _, tt := range tests {
		got := evaluate(t, text, policy.Resource, tt.request)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
		if got.String() != tt.words {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.words)
		}
	}
}

// TestParseErrors: what is wrong is named with its place.
func TestParseErrors(t *testing.T) {
	wrap := func(statement string) string { return "{\"Statement\": [\n  " + statement + "\n]}" }
	tests := []struct {
		name, text string
		kind       policy.Kind
		want       string
	}{
		{"no JSON", "{\n  \"Statement\": [}", policy.Resource, "2:17: "},
		{"no object", `[]`, policy.Resource, "1:1: a policy is an object"},
		{"no statements", ` {"Statement": []}`, policy.Resource, "1:16: Statement: there is no statement"},
		{"none at all", `{}`, policy.Resource, "1:1: Statement: there is no statement"},
		{"version", `{"Version": "2020-01-01", "Statement": []}`, policy.Resource, "1:13: Version: neither 2012-10-17 nor 2008-10-17"},
		{"unknown element", wrap(`{"Effect": "Allow", "Princpal": "*"}`), policy.Resource, "2:35: Statement[0].Princpal: there is no such element"},
		{"effect", wrap(`{"Effect": "allow"}`), policy.Resource, "2:14: Statement[0].Effect: neither Allow nor Deny"},
		{"principal of an identity's", wrap(`{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}`), policy.Identity,
			"2:36: Statement[0].Principal: the policy of a principal names none"},
		{"no principal", wrap(`{"Effect": "Allow", "Action": "*", "Resource": "*"}`), policy.Resource,
			`2:3: Statement[0].Principal: neither "*" nor an object of principals`},
		{"wildcard in a principal", wrap(`{"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:user/*"]}, "Action": "*", "Resource": "*"}`), policy.Resource,
			"2:45: Statement[0].Principal.AWS[0]: the ARN of a principal has no wildcards"},
		{"bad principal", wrap(`{"Effect": "Allow", "Principal": {"AWS": "ann"}, "Action": "*", "Resource": "*"}`), policy.Resource,
			"2:44: Statement[0].Principal.AWS: neither an account nor the ARN of a user, a role or its session"},
		{"no action", wrap(`{"Effect": "Allow", "Resource": "*"}`), policy.Identity, "2:3: Statement[0]: Action is missing"},
		{"both", wrap(`{"Effect": "Allow", "Action": "*", "NotAction": "*", "Resource": "*"}`), policy.Identity, "2:51: Statement[0].NotAction: Action is there, too"},
		{"resource", wrap(`{"Effect": "Allow", "Action": "*", "Resource": ["*", 1]}`), policy.Identity, "2:56: Statement[0].Resource[1]: not a text"},
		{"empty", wrap(`{"Effect": "Allow", "Action": "*", "Resource": []}`), policy.Identity, "2:50: Statement[0].Resource: there is nothing in it"},
		{"operator", wrap(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringIs": {"aws:username": "a"}}}`), policy.Identity,
			`2:81: Statement[0].Condition.StringIs: there is no condition operator "StringIs"`},
		{"address", wrap(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "10.0.0.0/33"]}}}`), policy.Identity,
			`2:114: Statement[0].Condition.IpAddress.aws:SourceIp[1]: "10.0.0.0/33" is neither an address nor a range of them such as 192.0.2.0/24`},
		{"number", wrap(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericEquals": {"a.b": "NaN"}}}`), policy.Identity,
			`2:94: Statement[0].Condition.NumericEquals["a.b"]: "NaN" is not a number`},
		{"date", wrap(`{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateEquals": {"aws:CurrentTime": "today"}}}`), policy.Identity,
			`2:103: Statement[0].Condition.DateEquals.aws:CurrentTime: "today" is not a date such as 2026-01-31T00:00:00Z`},
	}
	for _, tt := range tests {
		_, err := policy.Parse(tt.text, tt.kind)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestFurtherKeys(t *testing.T) {
	p := mustParse(t, `{"Version": "2012-10-17", "Statement": [
		{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:x:::a/${aws:ResourceTag/Team}", "Condition": {"StringEquals": {"aws:SourceArn": "x", "aws:username": "a"}}},
		{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"my:key": "true", "AWS:sourcearn": "true"}, "StringLike": {"aws:userid": "${my:other}*"}}}]}`, policy.Identity)
	if diff := cmp.Diff([]string{"aws:ResourceTag/Team", "aws:SourceArn", "my:key", "my:other"}, p.FurtherKeys()); diff != "" {
		t.Error(diff)
	}
	for prefix, want := range map[string]bool{"aws:resourcetag/": true, "my:": true, "aws:username": false, "aws:tagkeys": false} {
		if got := p.Mentions(prefix); got != want {
			t.Errorf("%s: got %t, want %t", prefix, got, want)
		}
	}
}

// TestKeys: further condition keys have the values that the request brings, whatever the case of their names.
func TestKeys(t *testing.T) {
	request := &policy.Request{Action: "x:y", Resource: "team/blue", Keys: map[string][]string{
		"aws:requesttag/team": {"blue"}, "aws:tagkeys": {"Team", "Cost"}, "x:flags": {"true", "false"},
	}}
	tests := []struct {
		condition string
		want      policy.Effect
	}{
		{`{"StringEquals": {"aws:RequestTag/Team": "blue"}}`, policy.Allow},
		{`{"StringEquals": {"aws:RequestTag/Team": "Blue"}}`, policy.Silent},
		{`{"StringEquals": {"aws:RequestTag/Other": "blue"}}`, policy.Silent},
		{`{"StringEqualsIfExists": {"aws:RequestTag/Other": "blue"}}`, policy.Allow},
		{`{"Null": {"aws:RequestTag/Other": "true", "aws:TagKeys": "false"}}`, policy.Allow},
		{`{"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost", "More"]}}`, policy.Allow},
		{`{"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}`, policy.Silent},
		{`{"ForAnyValue:StringEquals": {"aws:TagKeys": ["Cost"]}}`, policy.Allow},
		{`{"ForAllValues:StringEquals": {"x:none": ["a"]}}`, policy.Allow},
		{`{"ForAnyValue:StringEquals": {"x:none": ["a"]}}`, policy.Silent},
		{`{"ForAnyValue:Bool": {"x:flags": "true"}}`, policy.Allow},
		{`{"ForAllValues:Bool": {"x:flags": "true"}}`, policy.Silent},
	}
	for _, tt := range tests {
		p := mustParse(t, `{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "team/${aws:RequestTag/team}", "Condition": `+tt.condition+`}}`, policy.Identity)
		if got := p.Evaluate(request); got.Effect != tt.want {
			t.Errorf("%s: got %v, want %v", tt.condition, got.Effect, tt.want)
		}
	}
}

// TestEvaluateDoesNotAllocate: admission costs no memory.
func TestEvaluateDoesNotAllocate(t *testing.T) {
	p, r := mustParse(t, busy, policy.Resource), request()
	if n := testing.AllocsPerRun(100, func() { p.Evaluate(r) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// busy is a policy of the documented examples' kind.
const busy = `{"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:eu-west-1:111122223333:abc123/*/GET/*"},
	{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:eu-west-1:111122223333:abc123/*",
		"Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "198.51.100.0/24"]}}},
	{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*",
		"Condition": {"StringLike": {"aws:UserAgent": ["*bot*", "*spider*"]}, "DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}},
	{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/pets/${aws:username}"}]}`

func BenchmarkEvaluate(b *testing.B) {
	p, err := policy.Parse(busy, policy.Resource)
	if err != nil {
		b.Fatal(err)
	}
	r := request()
	b.ReportAllocs()
	for b.Loop() {
		p.Evaluate(r)
	}
}

// FuzzParse: whatever the text, the parser answers with a policy or with the place of what is wrong; a
// policy can be evaluated.
func FuzzParse(f *testing.F) {
	f.Add(busy, true)
	f.Add(`{"Statement": {"Effect": "Deny", "NotAction": "a", "NotResource": "arn:a${b, 'c'}:?", "Condition": {"ForAllValues:ArnLikeIfExists": {"aws:PrincipalTag/x": [1, true]}}}}`, false)
	f.Add(`{"Statement": [{"\u0045ffect": "Allow"}], "Statement": 1.5e+3}`, true)
	f.Fuzz(func(t *testing.T, text string, resource bool) {
		kind := policy.Identity
		if resource {
			kind = policy.Resource
		}
		p, err := policy.Parse(text, kind)
		if err == nil {
			p.Evaluate(request())
			p.Evaluate(session())
			return
		}
		wrong, ok := err.(*policy.Error)
		if lines := strings.Split(text, "\n"); !ok || wrong.Line < 1 || wrong.Line > len(lines) || wrong.Column < 1 || wrong.Column > len(lines[wrong.Line-1])+1 {
			t.Fatalf("%#v is no place in %q", err, text)
		}
	})
}

func mustParse(t *testing.T, text string, kind policy.Kind) *policy.Policy {
	t.Helper()
	p, err := policy.Parse(text, kind)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func evaluate(t *testing.T, text string, kind policy.Kind, r *policy.Request) policy.Decision {
	t.Helper()
	return mustParse(t, text, kind).Evaluate(r)
}
