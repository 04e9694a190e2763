package iam_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// The key, and the date, of AWS's published examples of Signature Version 4.
//
// AWS: Signature Version 4 signing: examples (request components, service "service").
const (
	exampleKey    = "AKIDEXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

var exampleTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

func index(t testing.TB, principals ...iam.Principal) *iam.Index {
	t.Helper()
	x, err := iam.NewIndex(principals)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// TestIdentity: what policies see of each kind of principal.
func TestIdentity(t *testing.T) {
	const issued = "2026-11-22T10:00:00Z"
	at, err := time.Parse(time.RFC3339, issued)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		principal iam.Principal
		want      policy.Principal
	}{
		{"user with a path", iam.Principal{ARN: "arn:aws:iam::111122223333:user/ops/ann", ID: "AIDAANN", Tags: map[string]string{"team": "blue", "a": "b"}, OrganizationID: "o-1"},
			policy.Principal{AccountID: "111122223333", ARN: "arn:aws:iam::111122223333:user/ops/ann", Type: "User", UserID: "AIDAANN", Username: "ann", OrgID: "o-1",
				Tags: []policy.Tag{{Key: "a", Value: "b"}, {Key: "team", Value: "blue"}}}},
		{"root", iam.Principal{ARN: "arn:aws:iam::111122223333:root"},
			policy.Principal{AccountID: "111122223333", ARN: "arn:aws:iam::111122223333:root", Type: "Account", UserID: "111122223333"}},
		{"role with a path", iam.Principal{ARN: "arn:aws:iam::111122223333:role/ops/caller", SessionName: "job-1", ID: "AROAX", SessionToken: "t", Issued: at, MultiFactor: true},
			policy.Principal{AccountID: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/caller/job-1", RoleARN: "arn:aws:iam::111122223333:role/ops/caller",
				Type: "AssumedRole", UserID: "AROAX:job-1", TokenIssued: at, MultiFactor: true, MultiFactorSince: at}},
		{"session", iam.Principal{ARN: "arn:aws-cn:sts::111122223333:assumed-role/caller/job-1", ID: "AROAX"},
			policy.Principal{AccountID: "111122223333", ARN: "arn:aws-cn:sts::111122223333:assumed-role/caller/job-1", RoleARN: "arn:aws-cn:iam::111122223333:role/caller",
				Type: "AssumedRole", UserID: "AROAX:job-1"}},
		{"federated user", iam.Principal{ARN: "arn:aws:sts::111122223333:federated-user/fed"},
			policy.Principal{AccountID: "111122223333", ARN: "arn:aws:sts::111122223333:federated-user/fed", Type: "FederatedUser", UserID: "111122223333:fed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.principal.AccessKeyID, tt.principal.SecretAccessKey = exampleKey, exampleSecret
			request := example()
			signer, err := index(t, tt.principal).Verify(t.Context(), sign(t, request, tt.principal))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, signer.Caller.Principal); diff != "" {
				t.Errorf("principal differs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestUniqueID: an ARN has always the same id, another one another.
func TestUniqueID(t *testing.T) {
	id := func(arn string) string {
		p := iam.Principal{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret, ARN: arn}
		signer, err := index(t, p).Verify(t.Context(), sign(t, example(), p))
		if err != nil {
			t.Fatal(err)
		}
		return signer.Caller.ID
	}
	ann, bob := id("arn:aws:iam::111122223333:user/ann"), id("arn:aws:iam::111122223333:user/bob")
	if len(ann) != 21 || !strings.HasPrefix(ann, "AIDA") || ann == bob || ann != id("arn:aws:iam::111122223333:user/ann") {
		t.Errorf("got %s and %s", ann, bob)
	}
}

func TestValidate(t *testing.T) {
	good := iam.Principal{AccessKeyID: exampleKey, SecretAccessKey: "s", ARN: "arn:aws:iam::111122223333:user/ann"}
	tests := []struct {
		name string
		edit func(*iam.Principal)
		want string
	}{
		{"good", func(*iam.Principal) {}, ""},
		{"key", func(p *iam.Principal) { p.AccessKeyID = "a b" }, "access key id: "},
		{"secret", func(p *iam.Principal) { p.SecretAccessKey = "" }, "secret access key: it is missing"},
		{"group", func(p *iam.Principal) { p.ARN = "arn:aws:iam::111122223333:group/g" }, "arn: "},
		{"user of sts", func(p *iam.Principal) { p.ARN = "arn:aws:sts::111122223333:user/ann" }, "arn: users and roles are of iam"},
		{"session of iam", func(p *iam.Principal) { p.ARN = "arn:aws:iam::111122223333:assumed-role/r/s" }, "arn: users and roles are of iam"},
		{"session name", func(p *iam.Principal) { p.ARN, p.SessionName = "arn:aws:iam::111122223333:role/r", "a/b" }, "session name: "},
		{"lasting credentials that expire", func(p *iam.Principal) { p.Expires = exampleTime }, "session token: "},
		{"policy", func(p *iam.Principal) { p.Policies = []string{"{}"} }, "policy 1: "},
		{"resource policy", func(p *iam.Principal) {
			p.Policies = []string{`{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}`}
		}, "policy 1: 1:48: Statement.Principal: "},
		{"cognito", func(p *iam.Principal) { p.Cognito.Type = "maybe" }, "cognito: "},
	}
	for _, tt := range tests {
		p := good
		tt.edit(&p)
		err := p.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// TestNewIndexLeavesOut: what is wrong is named and left out, the others work.
func TestNewIndexLeavesOut(t *testing.T) {
	good := iam.Principal{AccessKeyID: exampleKey, SecretAccessKey: exampleSecret, ARN: "arn:aws:iam::111122223333:user/ann"}
	twin := good
	twin.SecretAccessKey = "other"
	x, err := iam.NewIndex([]iam.Principal{good, twin, {AccessKeyID: "AKIDBAD"}})
	if err == nil || !strings.Contains(err.Error(), "principal AKIDEXAMPLE: the access key is another principal's, too") || !strings.Contains(err.Error(), "principal AKIDBAD: ") {
		t.Errorf("got %v", err)
	}
	if _, err := x.Verify(t.Context(), sign(t, example(), good)); err != nil {
		t.Errorf("the first one: %v", err)
	}
	if _, err := x.Credentials(t.Context(), "AKIDBAD"); !errors.Is(err, sigv4.ErrUnknownKey) {
		t.Errorf("the wrong one: %v", err)
	}
}

// TestRedacted: what is shown has no secret.
func TestRedacted(t *testing.T) {
	p := iam.Principal{AccessKeyID: exampleKey, SecretAccessKey: "s", SessionToken: "t"}.Redacted()
	if p.SecretAccessKey != "" || p.SessionToken != "" || p.AccessKeyID == "" {
		t.Errorf("got %+v", p)
	}
}

// example is a request for the data plane, of the time of the published examples.
func example() *authorize.Request {
	return &authorize.Request{
		Method: "GET", Target: "/", Host: "example.amazonaws.com", Headers: header.List{{Name: "Host", Value: "example.amazonaws.com"}},
		Received: exampleTime, Region: "us-east-1", AccountID: "111122223333",
	}
}
