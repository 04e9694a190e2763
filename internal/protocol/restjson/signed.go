package restjson

import (
	"errors"
	"net/http"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/protocol/sigv4"
)

// Signed is an Authenticator that believes signatures only.
type Signed struct {
	Verifier *sigv4.Verifier
}

// Authenticate returns who signed the request.
func (s Signed) Authenticate(r *http.Request, body []byte) (Caller, error) {
	id, err := s.Verifier.Verify(r.Context(), sigv4.FromHTTP(r, body))
	if refused, ok := errors.AsType[*sigv4.Error](err); ok {
		return Caller{}, &apigw.Error{Type: refused.Type, Status: http.StatusForbidden, Message: refused.Message}
	}
	if err != nil {
		return Caller{}, err
	}
	return Caller{
		AccountID: id.AccountID, Region: id.Region, Partition: PartitionOf(id.Region), AccessKeyID: id.AccessKeyID, OwnAccount: true,
	}, nil
}
