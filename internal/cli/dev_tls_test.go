package cli

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// With --tls the API is served with TLS and HTTP/2, and people are told whom to trust.
func TestDevTLS(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "ca")
	reader, writer := io.Pipe()
	ctx, stop := context.WithCancel(t.Context())
	status := make(chan int, 1)
	go func() {
		defer writer.Close()
		status <- Main(ctx, []string{
			"dev", "../../examples/petstore.yaml", "--tls", "--tls-development", dir, "--control", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--gateway-tls", "127.0.0.1:0",
		}, Streams{In: strings.NewReader(""), Out: writer, Err: io.Discard, LookupEnv: func(string) (string, bool) { return "", false }})
	}()
	address, trusted := regexp.MustCompile(`^With TLS it is at (https://\S+/) and https://petstore\.execute-api\.localhost:`), ""
	lines := bufio.NewScanner(reader)
	url := ""
	for url == "" && lines.Scan() {
		if found := address.FindStringSubmatch(lines.Text()); found != nil && lines.Scan() {
			url, trusted = found[1], lines.Text()
		}
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	file := filepath.Join(dir, "ca.pem")
	if !strings.HasPrefix(trusted, "for clients that trust "+file+":") {
		t.Errorf("got %q, want it to name %s", trusted, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(text)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get(url + "pets")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
		t.Errorf("got %s %d, want 200 over HTTP/2", resp.Proto, resp.StatusCode)
	}
	stop()
	if got := <-status; got != 0 {
		t.Errorf("exit status %d", got)
	}
}
