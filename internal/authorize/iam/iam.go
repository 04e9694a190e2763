package iam

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// Service is what the credential scope of requests to APIs names.
const Service = "execute-api"

// Index finds principals by their access keys. It is immutable and safe for concurrent use; the zero Index
// has none.
type Index struct {
	entries map[string]*entry
}

// NewIndex compiles principals. Those that are wrong are left out, and the error, which joins what is wrong
// with each, names their access keys. Of several with one access key the first counts.
func NewIndex(principals []Principal) (*Index, error) {
	x := &Index{entries: make(map[string]*entry, len(principals))}
	var problems []error
	for i := range principals {
		p := &principals[i]
		e, err := p.compile()
		if _, taken := x.entries[p.AccessKeyID]; taken && err == nil {
			err = errors.New("the access key is another principal's, too")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("principal %s: %w", p.AccessKeyID, err))
			continue
		}
		x.entries[p.AccessKeyID] = e
	}
	return x, errors.Join(problems...)
}

// All returns everyone whose signatures the index knows, in the order of their access keys.
func (x *Index) All() []*authorize.Caller {
	var all []*authorize.Caller
	for _, id := range slices.Sorted(maps.Keys(x.entries)) {
		all = append(all, &x.entries[id].caller)
	}
	return all
}

// Credentials implements sigv4.Lookup. The Owner of credentials is an *authorize.Caller, which nobody changes.
func (x *Index) Credentials(_ context.Context, accessKeyID string) (sigv4.Credentials, error) {
	if x != nil {
		if e := x.entries[accessKeyID]; e != nil {
			return e.credentials, nil
		}
	}
	return sigv4.Credentials{}, sigv4.ErrUnknownKey
}

// Signer is who signed a request.
type Signer struct {
	Caller  authorize.Caller
	Cognito CognitoIdentity

	// Credentials are those that the request was signed with. They sign calls of integrations that use the
	// caller's credentials, and are shown to nobody.
	Credentials sigv4.Credentials
}

// Verify returns who signed a request for the data plane, in the Authorization header or the query string. A
// request that is refused gives a *sigv4.Error.
//
// AWS: Control access to a REST API with IAM permissions; AWS Signature Version 4 for API requests.
func (x *Index) Verify(ctx context.Context, r *authorize.Request) (Signer, error) {
	verifier := sigv4.Verifier{Lookup: x, Service: Service, Region: r.Region, Now: func() time.Time { return r.Received }}
	id, err := verifier.Verify(ctx, signedRequest(r))
	if err != nil {
		return Signer{}, err
	}
	e := x.entries[id.AccessKeyID]
	return Signer{Caller: e.caller, Cognito: e.cognito, Credentials: e.credentials}, nil
}

// signedRequest returns what a signature covers of a request.
func signedRequest(r *authorize.Request) *sigv4.Request {
	path, query, _ := strings.Cut(r.Target, "?")
	return &sigv4.Request{
		Method: r.Method, Path: path, RawQuery: query, Host: r.Host, ContentLength: int64(len(r.Body)), Header: headers(r.Headers), Body: r.Body,
	}
}

// headers are the headers of a request as signatures see them.
type headers header.List

// Values implements sigv4.Header.
func (h headers) Values(name string) []string {
	var values []string
	for i := range h {
		if header.EqualName(h[i].Name, name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}
