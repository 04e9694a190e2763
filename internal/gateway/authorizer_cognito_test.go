package gateway_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
	"github.com/sluice-gateway/sluice/internal/gateway"
)

// pooledGateway returns a gateway whose method GET / takes the tokens of a user pool, and a token.
func pooledGateway(t testing.TB) (*gateway.Gateway, string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + encode(fmt.Appendf(nil,
		`{"sub":"u","iss":"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x","token_use":"id","exp":%d,"email":"u@example.test"}`, arrival.Unix()+60))
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	w := authorizedWorld(0).answer(200, `{"keys":[{"kid":"k","kty":"RSA","e":"AQAB","n":"`+encode(key.N.Bytes())+`"}]}`)
	w.api.Authorizers[0].Type, w.api.Authorizers[0].ProviderARNs = new(apigw.AuthorizerTypeCognitoUserPools), []string{"arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x"}
	m := w.api.Resources[0].Methods["GET"]
	m.AuthorizationType = new("COGNITO_USER_POOLS")
	w.api.Resources[0].Methods["GET"] = m
	table, err := gateway.NewTable(gateway.TableConfig{Stages: w.bind(t), Suffixes: []string{"localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return arrival }
	pools := cognito.New(cognito.Config{HTTP: w, Now: now})
	t.Cleanup(pools.Close)
	gw := gateway.New(gateway.Config{UserPools: pools, Now: now})
	gw.Swap(table)
	return gw, signed + "." + encode(signature)
}

// serveToken serves a request with a token.
func serveToken(t testing.TB, gw *gateway.Gateway, value string) {
	x := gateway.Acquire()
	defer x.Release()
	x.Request.Method, x.Request.Target, x.Request.Host, x.Request.Received = "GET", "/v1/", "api1.execute-api.localhost:8080", arrival
	x.Request.PeerIP, x.Request.LocalPort = "192.0.2.7", 8080
	x.Request.Headers.Add("Authorization", value)
	gw.Serve(context.Background(), x)
	if x.Response.Status != 200 {
		t.Fatalf("got %d %s", x.Response.Status, x.Response.Body)
	}
}

// A request whose token is kept costs no more memory than one to a method without authorizer.
func TestTokenHitAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("pools keep nothing under the race detector")
	}
	gw, token := pooledGateway(t)
	if got := testing.AllocsPerRun(500, func() { serveToken(t, gw, token) }); got > 1 {
		t.Errorf("got %v allocations, want at most 1", got)
	}
}

// BenchmarkTokenHit is a whole exchange with a token that is kept.
func BenchmarkTokenHit(b *testing.B) {
	gw, token := pooledGateway(b)
	b.ReportAllocs()
	for b.Loop() {
		serveToken(b, gw, token)
	}
}
