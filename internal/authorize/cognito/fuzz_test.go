package cognito_test

import (
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// FuzzVerify: whatever is sent as a token, nothing but what the pool's key signed is accepted, and nothing
// panics. Seeds are good tokens, so that what comes of them has its parts.
func FuzzVerify(f *testing.F) {
	good := sign(keys()[0], usual(), claims(nil))
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("Bearer " + good)
	f.Add("..")
	f.Add(encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(`{"iss":"`+issuerURL+`"}`)) + ".")
	v := cognito.New(cognito.Config{HTTP: newPool(), Now: func() time.Time { return start }})
	f.Cleanup(v.Close)
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(t.Context(), token, need())
		if err == nil && token != good {
			t.Fatalf("accepted %q", token)
		}
		if err == nil && c.Subject() != "s" {
			t.Fatalf("got the subject %q", c.Subject())
		}
	})
}
