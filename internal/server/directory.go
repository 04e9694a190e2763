package server

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/control"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/store"
)

// directory is what calls of integrations need to know besides their stage: which VPC links exist, and
// the client certificates. The publisher keeps it equal to the store, and brings it up to date before the
// stages that a commit touched.
//
// Reading certificates is safe for concurrent use; all else belongs to the publisher's goroutine.
type directory struct {
	log      *slog.Logger
	setLinks func(map[vpclink.Key]vpclink.Link) // takes hold of the map

	certificates atomic.Pointer[map[string]*tls.Certificate] // by {account}/{region}/{id}
}

// newDirectory returns an empty directory that tells setLinks of the VPC links.
func newDirectory(log *slog.Logger, setLinks func(map[vpclink.Key]vpclink.Link)) *directory {
	d := &directory{log: log, setLinks: setLinks}
	d.certificates.Store(&map[string]*tls.Certificate{})
	return d
}

// errUnknownCertificate is a client certificate that does not exist.
var errUnknownCertificate = errors.New("it does not exist")

// certificate returns a client certificate by {account}/{region}/{id}.
func (d *directory) certificate(id string) (*tls.Certificate, error) {
	if certificate := (*d.certificates.Load())[id]; certificate != nil {
		return certificate, nil
	}
	return nil, errUnknownCertificate
}

// refresh reads what the update names: nothing, or, as both are few, everything of its kind.
func (d *directory) refresh(ctx context.Context, s store.Store, u update) error {
	if !u.all && !u.directory {
		return nil
	}
	var links map[vpclink.Key]vpclink.Link
	var certificates map[string]*tls.Certificate
	err := s.View(ctx, func(tx store.Tx) error {
		links, certificates = map[vpclink.Key]vpclink.Link{}, map[string]*tls.Certificate{}
		for space := range store.Spaces(tx) {
			for key, value := range tx.Scan(space.VPCLinks(), "") {
				d.addLink(ctx, space, key, value, links)
			}
			for key, value := range tx.Scan(space.ClientCertificates(), "") {
				d.addCertificate(ctx, space, key, value, certificates)
			}
		}
		return tx.Err()
	})
	if err != nil {
		return fmt.Errorf("read VPC links and client certificates: %w", err)
	}
	d.certificates.Store(&certificates)
	d.setLinks(links)
	return nil
}

// addLink adds a VPC link from its record.
func (d *directory) addLink(ctx context.Context, space store.Space, key store.Key, record []byte, links map[vpclink.Key]vpclink.Link) {
	var link apigw.VpcLink
	if err := json.Unmarshal(record, &link); err != nil {
		d.log.ErrorContext(ctx, "a VPC link can't be read", "key", key, "error", err)
		return
	}
	id := vpclink.Key{AccountID: space.Account, Region: space.Region, ID: apigw.Value(link.Id)}
	links[id] = vpclink.Link{Name: apigw.Value(link.Name), Targets: link.TargetArns}
}

// addCertificate adds a client certificate from its record.
func (d *directory) addCertificate(ctx context.Context, space store.Space, key store.Key, record []byte, certificates map[string]*tls.Certificate) {
	var stored control.ClientCertificate
	err := json.Unmarshal(record, &stored)
	var certificate *tls.Certificate
	if err == nil {
		certificate, err = stored.TLS()
	}
	if err != nil {
		d.log.ErrorContext(ctx, "a client certificate can't be read", "key", key, "error", err)
		return
	}
	certificates[space.Account+"/"+space.Region+"/"+apigw.Value(stored.ClientCertificateId)] = certificate
}
