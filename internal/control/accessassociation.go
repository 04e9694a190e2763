package control

import (
	"context"
	"regexp"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// AccessAssociation is the record of a domain name access association. It is kept with the account that made
// it; Owner is the account of the domain name.
type AccessAssociation struct {
	apigw.DomainNameAccessAssociation
	Owner    string `json:"owner"`
	Rejected bool   `json:"rejected,omitzero"` // by the owner: it admits nobody any more
}

var errNoAssociation = apigw.NotFound("Invalid domain name access association identifier specified")

// vpcEndpointSyntax is the id of a VPC endpoint.
var vpcEndpointSyntax = regexp.MustCompile(`^vpce-[0-9a-z]+$`)

// associationSyntax is the resource in the ARN of an association.
//
// AWS: API Gateway Amazon Resource Name (ARN) reference.
var associationSyntax = regexp.MustCompile(`^/domainnameaccessassociations/domainname/([^/]+)/vpcesource/([^/]+)$`)

// createDomainNameAccessAssociation lets a VPC endpoint of the caller's reach a private domain name, the
// caller's own or one that its owner's management policy opens to the caller.
//
// AWS: Custom domain names for private APIs in API Gateway.
func (c *Control) createDomainNameAccessAssociation(ctx context.Context, in *apigw.CreateDomainNameAccessAssociationRequest) (*apigw.DomainNameAccessAssociation, error) {
	return publish(ctx, c, func(t *tx) (*apigw.DomainNameAccessAssociation, error) {
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		if !vpcEndpointSyntax.MatchString(in.AccessAssociationSource) {
			return nil, apigw.BadRequest("Invalid access association source specified: " + in.AccessAssociationSource)
		}
		d, owner, err := t.privateDomain(in.DomainNameArn)
		if err != nil {
			return nil, err
		}
		if owner != t.caller.AccountID {
			if err := t.checkManagement(d, in.AccessAssociationSource); err != nil {
				return nil, err
			}
		}
		key := t.space.AccessAssociation(d.ref(), in.AccessAssociationSource)
		if taken, err := t.exists(key); err != nil {
			return nil, err
		} else if taken {
			return nil, apigw.Conflict("Domain name access association already exists")
		}
		record := &AccessAssociation{Owner: owner, DomainNameAccessAssociation: apigw.DomainNameAccessAssociation{
			AccessAssociationSource:        &in.AccessAssociationSource,
			AccessAssociationSourceType:    &in.AccessAssociationSourceType,
			DomainNameAccessAssociationArn: new(t.associationARN(d.ref(), in.AccessAssociationSource)),
			DomainNameArn:                  d.DomainNameArn,
		}}
		if len(in.Tags) > 0 {
			record.Tags = in.Tags
		}
		shown := record.DomainNameAccessAssociation
		return &shown, save(t, key, record)
	})
}

// associationARN returns the ARN of an association that the caller makes.
func (t *tx) associationARN(domain, endpoint string) string {
	return "arn:" + t.caller.Partition + ":apigateway:" + t.caller.Region + ":" + t.caller.AccountID +
		":/domainnameaccessassociations/domainname/" + domain + "/vpcesource/" + endpoint
}

// privateDomain returns the private domain name of an ARN, which may be of another account, and its owner.
func (t *tx) privateDomain(arn string) (*DomainName, string, error) {
	a, ok := parseARN(arn)
	ref, isDomain := strings.CutPrefix(a.resource, "/domainnames/")
	if !ok || a.service != "apigateway" || !isDomain || a.region != t.caller.Region {
		return nil, "", apigw.BadRequest("Invalid domain name ARN specified: " + arn)
	}
	if a.account == "" || !strings.Contains(ref, "+") {
		return nil, "", apigw.BadRequest("Domain name access associations are only supported for PRIVATE domain names.")
	}
	d, err := loadOr[DomainName](t, store.In(a.account, a.region).DomainName(strings.ToLower(ref)), errNoDomainName)
	return d, a.account, err
}

func (c *Control) getDomainNameAccessAssociations(ctx context.Context, in *apigw.GetDomainNameAccessAssociationsRequest) (*apigw.DomainNameAccessAssociations, error) {
	return read(ctx, c, func(t *tx) (*apigw.DomainNameAccessAssociations, error) {
		var all []apigw.DomainNameAccessAssociation
		var err error
		if apigw.Value(in.ResourceOwner) == apigw.ResourceOwnerOtherAccounts {
			all, err = t.foreignAssociations()
		} else {
			all, err = list[apigw.DomainNameAccessAssociation](t, t.space.AccessAssociations())
		}
		if err != nil {
			return nil, err
		}
		arn := func(a *apigw.DomainNameAccessAssociation) string { return *a.DomainNameAccessAssociationArn }
		items, next, err := page(all, arn, in.Limit, in.Position)
		return &apigw.DomainNameAccessAssociations{Items: items, Position: next}, err
	})
}

// foreignAssociations returns the associations that other accounts have with the caller's domain names.
func (t *tx) foreignAssociations() ([]apigw.DomainNameAccessAssociation, error) {
	all, err := t.ownedAssociations()
	found := []apigw.DomainNameAccessAssociation{}
	for _, a := range all {
		if arn, _ := parseARN(*a.DomainNameAccessAssociationArn); arn.account != t.caller.AccountID {
			found = append(found, a.DomainNameAccessAssociation)
		}
	}
	return found, err
}

// ownedAssociations returns the associations of all accounts with the caller's domain names, without
// those that the caller has rejected.
func (t *tx) ownedAssociations() ([]AccessAssociation, error) {
	var found []AccessAssociation
	for space := range store.Spaces(t) {
		if space.Region != t.space.Region {
			continue
		}
		all, err := list[AccessAssociation](t, space.AccessAssociations())
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			if a.Owner == t.caller.AccountID && !a.Rejected {
				found = append(found, a)
			}
		}
	}
	return found, t.Err()
}

// associationsWith returns the associations of all accounts with one of the caller's domain names.
func (t *tx) associationsWith(domain string) ([]AccessAssociation, error) {
	all, err := t.ownedAssociations()
	var found []AccessAssociation
	for _, a := range all {
		if strings.HasSuffix(*a.DomainNameArn, "/domainnames/"+domain) {
			found = append(found, a)
		}
	}
	return found, err
}

func (c *Control) deleteDomainNameAccessAssociation(ctx context.Context, in *apigw.DeleteDomainNameAccessAssociationRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		_, key, err := t.association(in.DomainNameAccessAssociationArn)
		if err != nil {
			return nil, err
		}
		if name, _ := key.Name(); name.API.Space != t.space {
			return nil, errNoAssociation
		}
		return &apigw.Empty{}, t.Delete(key)
	})
}

// rejectDomainNameAccessAssociation ends what an association of another account gives: its record stays with
// the account that made it, until that deletes it.
//
// AWS: RejectDomainNameAccessAssociation, in the Amazon API Gateway API reference.
func (c *Control) rejectDomainNameAccessAssociation(ctx context.Context, in *apigw.RejectDomainNameAccessAssociationRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		record, key, err := t.association(in.DomainNameAccessAssociationArn)
		if err != nil {
			return nil, err
		}
		name, _ := key.Name()
		switch {
		case record.Owner != t.caller.AccountID || record.Rejected:
			return nil, errNoAssociation
		case *record.DomainNameArn != in.DomainNameArn:
			return nil, apigw.BadRequest("The domain name access association is not one of the domain name " + in.DomainNameArn)
		case name.API.Space == t.space:
			return nil, apigw.BadRequest("Cannot reject a domain name access association of your own account. Delete it instead.")
		}
		record.Rejected = true
		return &apigw.Empty{}, save(t, key, record)
	})
}

// association returns the association of an ARN, whoever made it, and its key.
func (t *tx) association(arn string) (*AccessAssociation, store.Key, error) {
	a, ok := parseARN(arn)
	parts := associationSyntax.FindStringSubmatch(a.resource)
	if !ok || parts == nil || a.region != t.caller.Region {
		return nil, "", apigw.BadRequest("Invalid domain name access association ARN specified: " + arn)
	}
	key := store.In(a.account, a.region).AccessAssociation(strings.ToLower(parts[1]), parts[2])
	record, err := loadOr[AccessAssociation](t, key, errNoAssociation)
	return record, key, err
}
