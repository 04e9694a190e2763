package restjson

import (
	"errors"
	"net/http"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/sigv4"
)

// Signed is an Authenticator that believes signatures only.
type Signed struct {
	Verifier *sigv4.Verifier
}

// Authenticate returns who signed the request.
func (s Signed) Authenticate(r *http.Request, body []byte) (Caller, error) {
	complete, err := s.Admit(r)
	if err != nil {
		return Caller{}, err
	}
	return complete(body)
}

// Admit refuses a request whose signature cannot be right, whatever its body.
func (s Signed) Admit(r *http.Request) (complete func(body []byte) (Caller, error), err error) {
	admitted, err := s.Verifier.Begin(r.Context(), sigv4.FromHTTP(r, nil))
	if err != nil {
		return nil, refusal(err)
	}
	return func(body []byte) (Caller, error) { return callerOf(admitted.Complete(body)) }, nil
}

// callerOf makes a caller of who signed a request.
func callerOf(id sigv4.Identity, err error) (Caller, error) {
	if err != nil {
		return Caller{}, refusal(err)
	}
	return Caller{
		AccountID: id.AccountID, Region: id.Region, Partition: PartitionOf(id.Region), AccessKeyID: id.AccessKeyID, OwnAccount: true, Owner: id.Owner,
	}, nil
}

// refusal turns an error of the verifier into one for the client, if it is meant for it.
func refusal(err error) error {
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		return &apigw.Error{Type: refused.Type, Status: http.StatusForbidden, Message: refused.Message}
	}
	return err
}
