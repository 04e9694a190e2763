package gwtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
)

// Documents of policies of the principals.
const (
	allowInvoke = `{"Version": "2012-10-17", "Statement": [{"Sid": "Invoke", "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}]}`
	allowAll    = `{"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "execute-api:*", "Resource": "*"}]}`
	denyInvoke  = `{"Version": "2012-10-17", "Statement": [{"Sid": "No", "Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*"}]}`
)

// Principals returns those who may sign requests in fixtures, by the name that a line "Sign-With: name" has: ann is
// allowed to invoke everything, bob nothing, eve is denied everything, max may refresh caches as well, job is the
// session of a role with temporary credentials, stale one whose credentials have expired, guest is like ann and
// stranger like bob in another account, and root is the account's root.
func Principals(account string) map[string]iam.Principal {
	const other = "444455556666"
	user := func(account, name string, policies ...string) iam.Principal {
		return iam.Principal{
			AccessKeyID: "AKID" + strings.ToUpper(name), SecretAccessKey: "secret of " + name, ARN: "arn:aws:iam::" + account + ":user/" + name,
			ID: "AIDA" + strings.ToUpper(name), Policies: policies,
		}
	}
	root := user(account, "root")
	root.ARN = "arn:aws:iam::" + account + ":root"
	job, stale := user(account, "job", allowInvoke), user(account, "stale", allowInvoke)
	for _, p := range []*iam.Principal{&job, &stale} {
		p.ARN, p.SessionName, p.ID, p.SessionToken = "arn:aws:iam::"+account+":role/Caller", "job-1", "AROACALLER", "token/+="
	}
	job.OrganizationID = "o-fixture"
	stale.Expires = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	return map[string]iam.Principal{
		"ann": user(account, "ann", allowInvoke), "bob": user(account, "bob"), "eve": user(account, "eve", allowInvoke, denyInvoke),
		"max": user(account, "max", allowAll), "root": root, "job": job, "stale": stale,
		"guest": user(other, "guest", allowInvoke), "stranger": user(other, "stranger"),
		"nobody": {AccessKeyID: "AKIDNOBODY", SecretAccessKey: "unknown"},
	}
}

// principalList returns the principals that the server of fixtures knows: all but nobody.
func principalList(account string) []iam.Principal {
	var list []iam.Principal
	for name, p := range Principals(account) {
		if name != "nobody" {
			list = append(list, p)
		}
	}
	return list
}

// loopbackEndpoint is the VPC endpoint through which fixtures call private APIs.
func loopbackEndpoint() map[authorize.Endpoint][]netip.Prefix {
	return map[authorize.Endpoint][]netip.Prefix{
		{ID: "vpce-0f1x", VPC: "vpc-0f1x"}: {netip.MustParsePrefix("127.0.0.0/8")},
	}
}

// signWith is the line of a request that says who signs it, and how:
//
//	Sign-With: name [presigned] [service=S] [region=R] [ago=DURATION] [secret=S]
const signWith = "Sign-With"

// sign signs a message with the SDK's signer, in its headers or its query.
func (m *message) sign(host string, values map[string]string) error {
	fields := strings.Fields(m.headers.Get(signWith))
	m.headers.Del(signWith)
	principal, ok := Principals(values["account"])[fields[0]]
	if !ok {
		return fmt.Errorf("%s: nobody is called %s", signWith, fields[0])
	}
	credentials := aws.Credentials{AccessKeyID: principal.AccessKeyID, SecretAccessKey: principal.SecretAccessKey, SessionToken: principal.SessionToken}
	service, region, at, presigned := iam.Service, values["region"], time.Now(), false
	for _, option := range fields[1:] {
		name, value, _ := strings.Cut(option, "=")
		switch name {
		case "presigned":
			presigned = true
		case "service":
			service = value
		case "region":
			region = value
		case "secret":
			credentials.SecretAccessKey = value
		case "ago":
			ago, err := time.ParseDuration(value)
			if err != nil {
				return err
			}
			at = at.Add(-ago)
		default:
			return fmt.Errorf("%s: there is no option %s", signWith, option)
		}
	}
	verb, target, _ := strings.Cut(m.first, " ")
	r, err := http.NewRequest(verb, "http://"+host+target, bytes.NewReader([]byte(m.body)))
	if err != nil {
		return err
	}
	for _, f := range m.headers {
		r.Header.Add(f.Name, f.Value)
	}
	sum := sha256.Sum256([]byte(m.body))
	hash := hex.EncodeToString(sum[:])
	if presigned {
		uri, _, err := v4.NewSigner().PresignHTTP(context.Background(), credentials, r, hash, service, region, at)
		if err != nil {
			return err
		}
		m.first = verb + " " + strings.TrimPrefix(uri, "http://"+host)
		return nil
	}
	if err := v4.NewSigner().SignHTTP(context.Background(), credentials, r, hash, service, region, at); err != nil {
		return err
	}
	for _, name := range []string{"X-Amz-Date", "X-Amz-Security-Token", "Authorization"} {
		if value := r.Header.Get(name); value != "" {
			m.headers.Set(name, value)
		}
	}
	return nil
}
