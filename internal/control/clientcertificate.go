package control

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// What a client certificate is made of.
//
// AWS: "Generate and configure an SSL certificate for backend authentication in API Gateway".
const (
	clientKeyBits      = 2048
	clientLifetime     = 365 * 24 * time.Hour
	clientSubject      = "ApiGateway"
	privateKeyBlock    = "PRIVATE KEY"
	certificateBlock   = "CERTIFICATE"
	clientClockSkew    = 5 * time.Minute // back ends whose clocks are behind accept it at once
	serialNumberLength = 64              // bits
)

// errNoClientCertificate answers requests for a client certificate that does not exist.
var errNoClientCertificate = apigw.NotFound("Invalid client certificate identifier specified")

// ClientCertificate is the record of a client certificate. No operation answers with the private key.
type ClientCertificate struct {
	apigw.ClientCertificate
	PrivateKey string `json:"privateKey"` // PKCS #8, PEM
}

// TLS returns what is presented to back ends.
func (c *ClientCertificate) TLS() (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair([]byte(apigw.Value(c.PemEncodedCertificate)), []byte(c.PrivateKey))
	if err != nil {
		return nil, fmt.Errorf("client certificate %s: %w", apigw.Value(c.ClientCertificateId), err)
	}
	return &pair, nil
}

// shown returns the certificate as get and update show it: untagged things have empty tags there.
func (c *ClientCertificate) shown() *apigw.ClientCertificate {
	shown := c.ClientCertificate
	if shown.Tags == nil {
		shown.Tags = map[string]string{}
	}
	return &shown
}

func (c *Control) generateClientCertificate(ctx context.Context, in *apigw.GenerateClientCertificateRequest) (*apigw.ClientCertificate, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	// A key takes long to make, and the transaction below may run more than once.
	certificate, err := newClientCertificate(c.clock())
	if err != nil {
		return nil, fmt.Errorf("generate a client certificate: %w", err)
	}
	if apigw.Value(in.Description) != "" {
		certificate.Description = in.Description
	}
	if len(in.Tags) > 0 {
		certificate.Tags = in.Tags
	}
	return publish(ctx, c, func(t *tx) (*apigw.ClientCertificate, error) {
		id, err := t.freshID(partIDLength, t.space.ClientCertificate)
		if err != nil {
			return nil, err
		}
		record := *certificate
		record.ClientCertificateId = &id
		return &record.ClientCertificate, save(t, t.space.ClientCertificate(id), &record)
	})
}

// newClientCertificate makes a key and a certificate for it that it signs itself.
func newClientCertificate(now time.Time) (*ClientCertificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, clientKeyBits)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), serialNumberLength))
	if err != nil {
		return nil, err
	}
	created := now.UTC().Truncate(time.Second)
	expires := created.Add(clientLifetime)
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: clientSubject},
		NotBefore: created.Add(-clientClockSkew), NotAfter: expires,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		SignatureAlgorithm: x509.SHA256WithRSA, BasicConstraintsValid: true,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return &ClientCertificate{
		ClientCertificate: apigw.ClientCertificate{
			CreatedDate: &created, ExpirationDate: &expires,
			PemEncodedCertificate: new(encodePEM(certificateBlock, certificate)),
		},
		PrivateKey: encodePEM(privateKeyBlock, private),
	}, nil
}

func encodePEM(kind string, data []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
}

func (c *Control) getClientCertificate(ctx context.Context, in *apigw.GetClientCertificateRequest) (*apigw.ClientCertificate, error) {
	return read(ctx, c, func(t *tx) (*apigw.ClientCertificate, error) {
		certificate, err := t.clientCertificate(in.ClientCertificateId)
		if err != nil {
			return nil, err
		}
		return certificate.shown(), nil
	})
}

// clientCertificate returns a client certificate of the caller's.
func (t *tx) clientCertificate(id string) (*ClientCertificate, error) {
	return loadOr[ClientCertificate](t, t.space.ClientCertificate(id), errNoClientCertificate)
}

func (c *Control) getClientCertificates(ctx context.Context, in *apigw.GetClientCertificatesRequest) (*apigw.ClientCertificates, error) {
	return read(ctx, c, func(t *tx) (*apigw.ClientCertificates, error) {
		// The shape has no place for the private key: it is left behind here.
		all, err := list[apigw.ClientCertificate](t, t.space.ClientCertificates())
		if err != nil {
			return nil, err
		}
		created := func(r *apigw.ClientCertificate) string { return byCreation(r.CreatedDate, r.ClientCertificateId) }
		items, next, err := page(all, created, in.Limit, in.Position)
		return &apigw.ClientCertificates{Items: items, Position: next}, err
	})
}

func (c *Control) updateClientCertificate(ctx context.Context, in *apigw.UpdateClientCertificateRequest) (*apigw.ClientCertificate, error) {
	return change(ctx, c, func(t *tx) (*apigw.ClientCertificate, error) {
		certificate, err := t.clientCertificate(in.ClientCertificateId)
		if err != nil {
			return nil, err
		}
		if err := clientCertificatePatch.Apply(&certificate.ClientCertificate, in.PatchOperations); err != nil {
			return nil, err
		}
		return certificate.shown(), save(t, t.space.ClientCertificate(in.ClientCertificateId), certificate)
	})
}

func (c *Control) deleteClientCertificate(ctx context.Context, in *apigw.DeleteClientCertificateRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		id := in.ClientCertificateId
		if _, err := t.clientCertificate(id); err != nil {
			return nil, err
		}
		err := t.eachStage(func(a *api, s *apigw.Stage) error {
			if apigw.Value(s.ClientCertificateId) != id {
				return nil
			}
			return apigw.BadRequest(fmt.Sprintf("Cannot delete client certificate '%s', is referenced in stage: %s/%s", id, a.keys.ID, apigw.Value(s.StageName)))
		})
		if err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(t.space.ClientCertificate(id))
	})
}

// clientCertificatePatch is what UpdateClientCertificate may change.
var clientCertificatePatch = patch.Table[apigw.ClientCertificate]{
	Resource: "ClientCertificate",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.ClientCertificate]{
		patch.Text("/description", func(c *apigw.ClientCertificate) **string { return &c.Description }),
	},
}
