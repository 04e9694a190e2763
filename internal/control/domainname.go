package control

import (
	"context"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// errNoDomainName answers requests for a custom domain name that does not exist.
var errNoDomainName = apigw.NotFound("Invalid domain name identifier specified")

// DomainName is the record of a custom domain name. No operation answers with the certificate that was
// uploaded and its private key.
type DomainName struct {
	apigw.DomainName
	Certificate string `json:"certificate,omitzero"` // PEM: the uploaded certificate, then its chain
	PrivateKey  string `json:"privateKey,omitzero"`  // PEM
}

// private reports whether only VPC endpoints reach the domain name.
func (d *DomainName) private() bool { return d.has(apigw.EndpointTypePrivate) }

// has reports whether the domain name has an endpoint of a type.
func (d *DomainName) has(kind apigw.EndpointType) bool {
	return d.EndpointConfiguration != nil && slices.Contains(d.EndpointConfiguration.Types, kind)
}

// ref returns what the domain name is called in keys and ARNs: {name}+{id} where it is private.
func (d *DomainName) ref() string {
	return domainRef(apigw.Value(d.DomainName.DomainName), apigw.Value(d.DomainNameId))
}

// domainRef is what a domain name is called in keys and ARNs. Names know no case.
func domainRef(name, id string) string {
	name = strings.ToLower(name)
	if id != "" {
		name += "+" + id
	}
	return name
}

// shown returns the domain name as get and update show it: untagged things have empty tags there.
func (d *DomainName) shown() *apigw.DomainName {
	shown := d.DomainName
	if shown.Tags == nil {
		shown.Tags = map[string]string{}
	}
	return &shown
}

// distributing returns the answer of an operation that changed what an edge-optimized domain name's
// distribution has to learn. There is no distribution here: whoever asks next finds it AVAILABLE.
//
// AWS: Set up an edge-optimized custom domain name in API Gateway.
func (d *DomainName) distributing(shown *apigw.DomainName) *apigw.DomainName {
	if d.has(apigw.EndpointTypeEdge) {
		shown.DomainNameStatus = new(apigw.DomainNameStatusUpdating)
	}
	return shown
}

func (c *Control) createDomainName(ctx context.Context, in *apigw.CreateDomainNameRequest) (*apigw.DomainName, error) {
	return publish(ctx, c, func(t *tx) (*apigw.DomainName, error) {
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		d := newDomainName(in)
		if err := d.upload(in); err != nil {
			return nil, err
		}
		if len(d.EndpointConfiguration.Types) > 1 {
			return nil, apigw.BadRequest("Cannot create a domain name with multiple Endpoint Types.")
		}
		if err := t.nameDomain(d); err != nil {
			return nil, err
		}
		d.describe(t)
		if err := t.saveDomainName(d); err != nil {
			return nil, err
		}
		shown := d.DomainName
		return d.distributing(&shown), nil
	})
}

// newDomainName returns the record of what a request describes, without what the service makes up.
func newDomainName(in *apigw.CreateDomainNameRequest) *DomainName {
	d := &DomainName{DomainName: apigw.DomainName{
		CertificateArn:                      in.CertificateArn,
		CertificateName:                     in.CertificateName,
		DomainName:                          new(strings.ToLower(in.DomainName)),
		DomainNameStatus:                    new(apigw.DomainNameStatusAvailable),
		EndpointAccessMode:                  in.EndpointAccessMode,
		EndpointConfiguration:               in.EndpointConfiguration,
		OwnershipVerificationCertificateArn: in.OwnershipVerificationCertificateArn,
		Policy:                              in.Policy,
		RegionalCertificateArn:              in.RegionalCertificateArn,
		RegionalCertificateName:             in.RegionalCertificateName,
		RoutingMode:                         in.RoutingMode,
		SecurityPolicy:                      in.SecurityPolicy,
		Tags:                                in.Tags,
	}}
	if m := in.MutualTlsAuthentication; m != nil {
		d.MutualTlsAuthentication = &apigw.MutualTlsAuthentication{TruststoreUri: m.TruststoreUri, TruststoreVersion: m.TruststoreVersion}
	}
	completeDomainName(d)
	return d
}

// nameDomain gives a new domain name its identifiers, if its name is free. Public names are unique in the
// whole installation, since the name alone is their address on the data plane.
//
// Observed: the text, and that it is no ConflictException.
func (t *tx) nameDomain(d *DomainName) error {
	if err := checkDomainSyntax(apigw.Value(d.DomainName.DomainName)); err != nil {
		return err
	}
	taken, err := t.domainTaken(d)
	if err != nil {
		return err
	}
	if taken {
		return apigw.BadRequest("The domain name you provided already exists.")
	}
	if d.private() {
		id, err := t.freshID(apiIDLength, func(id string) store.Key {
			return t.space.DomainName(domainRef(*d.DomainName.DomainName, id))
		})
		if err != nil {
			return err
		}
		d.DomainNameId = &id
	}
	d.DomainNameArn = new(t.domainARN(d))
	return nil
}

// domainTaken reports whether there is a domain name of that name: a public one of anybody, or a private
// one of the caller's.
func (t *tx) domainTaken(d *DomainName) (bool, error) {
	name := *d.DomainName.DomainName
	if d.private() {
		for key := range t.Scan(t.space.DomainNames(), "") {
			if of, _ := key.Name(); strings.HasPrefix(of.Last(), name+"+") {
				return true, nil
			}
		}
		return false, t.Err()
	}
	for space := range store.Spaces(t) {
		if ok, err := t.exists(space.DomainName(name)); err != nil || ok {
			return ok, err
		}
	}
	return false, t.Err()
}

// domainARN returns the ARN of one of the caller's domain names.
//
// AWS: API Gateway Amazon Resource Name (ARN) reference; Custom domain names for private APIs in API Gateway.
func (t *tx) domainARN(d *DomainName) string {
	account := ""
	if d.private() {
		account = t.caller.AccountID
	}
	return "arn:" + t.caller.Partition + ":apigateway:" + t.caller.Region + ":" + account + ":/domainnames/" + d.ref()
}

// saveDomainName checks and stores a domain name that is new or was changed.
func (t *tx) saveDomainName(d *DomainName) error {
	if err := t.checkDomainName(d); err != nil {
		return err
	}
	return save(t, t.space.DomainName(d.ref()), d)
}

// domainName returns one of the caller's domain names; id is that of a private one.
func (t *tx) domainName(name string, id *string) (*DomainName, error) {
	return loadOr[DomainName](t, t.space.DomainName(domainRef(name, apigw.Value(id))), errNoDomainName)
}

func (c *Control) getDomainName(ctx context.Context, in *apigw.GetDomainNameRequest) (*apigw.DomainName, error) {
	return read(ctx, c, func(t *tx) (*apigw.DomainName, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		return d.shown(), nil
	})
}

func (c *Control) getDomainNames(ctx context.Context, in *apigw.GetDomainNamesRequest) (*apigw.DomainNames, error) {
	return read(ctx, c, func(t *tx) (*apigw.DomainNames, error) {
		var all []apigw.DomainName
		var err error
		if apigw.Value(in.ResourceOwner) == apigw.ResourceOwnerOtherAccounts {
			all, err = t.sharedDomainNames()
		} else {
			// The shape has no place for the private key: it is left behind here.
			all, err = list[apigw.DomainName](t, t.space.DomainNames())
		}
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(d *apigw.DomainName) string { return *d.DomainNameArn }, in.Limit, in.Position)
		return &apigw.DomainNames{Items: items, Position: next}, err
	})
}

func (c *Control) updateDomainName(ctx context.Context, in *apigw.UpdateDomainNameRequest) (*apigw.DomainName, error) {
	return publish(ctx, c, func(t *tx) (*apigw.DomainName, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil || len(in.PatchOperations) == 0 {
			return d.shownOr(err)
		}
		before := *d
		if err := domainNamePatch.Apply(d, in.PatchOperations); err != nil {
			return nil, err
		}
		if d.private() != before.private() {
			return nil, apigw.BadRequest("Cannot change a domain name's endpoint type to or from PRIVATE.")
		}
		completeDomainName(d)
		d.migrate(t, &before)
		if err := t.saveDomainName(d); err != nil {
			return nil, err
		}
		return d.distributing(d.shown()), nil
	})
}

// shownOr returns the domain name as an update shows it, or the error that kept it from being found.
func (d *DomainName) shownOr(err error) (*apigw.DomainName, error) {
	if err != nil {
		return nil, err
	}
	return d.shown(), nil
}

// deleteDomainName deletes a domain name with its mappings. Who has associations with it must be told
// first: they are refused or deleted one by one.
func (c *Control) deleteDomainName(ctx context.Context, in *apigw.DeleteDomainNameRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		associations, err := t.associationsWith(d.ref())
		if err != nil {
			return nil, err
		}
		if len(associations) > 0 {
			return nil, apigw.BadRequest("Cannot delete domain name '" + *d.DomainName.DomainName + "', it has domain name access associations: " +
				*associations[0].DomainNameAccessAssociationArn)
		}
		if err := t.deleteAll(t.space.BasePathMappings(d.ref())); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(t.space.DomainName(d.ref()))
	})
}
