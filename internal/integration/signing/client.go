package signing

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// newClient returns what calls STS. It trusts the roots, nil for the system's, and opens no connection to an address
// that the guard, if there is one, refuses: it is asked after names are resolved. It follows no redirects.
func newClient(roots *x509.CertPool, guard func(netip.Addr) error) *http.Client {
	dialer := &net.Dialer{Timeout: assumeTimeout}
	if guard != nil {
		dialer.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return fmt.Errorf("address %s: %w", address, err)
			}
			return guard(to.Addr())
		}
	}
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			DialContext:     dialer.DialContext,
			TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			IdleConnTimeout: time.Minute,
		},
	}
}

// newChainClient returns what the SDK asks sources of credentials with. It is the SDK's own, so that the environment
// (AWS_CA_BUNDLE) may change it.
func newChainClient(roots *x509.CertPool) aws.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.TLSClientConfig.RootCAs = roots })
}
