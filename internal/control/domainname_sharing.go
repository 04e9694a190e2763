package control

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/store"
)

// actionCreateAssociation is what a management policy allows to other accounts, in lower case.
//
// AWS: API provider: Share your private custom domain name using the API Gateway AWS CLI.
const actionCreateAssociation = "apigateway:createaccessassociation"

// checkManagement says whether the management policy of another account's domain name lets the caller make an
// association with a VPC endpoint.
func (t *tx) checkManagement(d *DomainName, endpoint string) error {
	allowed, err := t.mayAssociate(d, endpoint)
	if err == nil && !allowed {
		// To others the domain name does not exist.
		err = errNoDomainName
	}
	return err
}

// mayAssociate evaluates the management policy of a domain name for the caller's account.
func (t *tx) mayAssociate(d *DomainName, endpoint string) (bool, error) {
	if d.ManagementPolicy == nil {
		return false, nil
	}
	p, err := policy.Parse(*d.ManagementPolicy, policy.Resource)
	if err != nil {
		return false, fmt.Errorf("management policy of %s: %w", *d.DomainNameArn, err)
	}
	root := "arn:" + t.caller.Partition + ":iam::" + t.caller.AccountID + ":root"
	decision := p.Evaluate(&policy.Request{
		Action: actionCreateAssociation, Resource: *d.DomainNameArn, Time: t.now, SecureTransport: true, SourceVPCE: endpoint,
		Principal: policy.Principal{AccountID: t.caller.AccountID, ARN: root, Type: "Account"},
	})
	return decision.Effect == policy.Allow, nil
}

// sharedDomainNames returns the private domain names of other accounts whose management policies are open to the caller.
func (t *tx) sharedDomainNames() ([]apigw.DomainName, error) {
	shared := []apigw.DomainName{}
	for space := range store.Spaces(t) {
		if space.Region != t.space.Region || space.Account == t.space.Account {
			continue
		}
		all, err := list[DomainName](t, space.DomainNames())
		if err != nil {
			return nil, err
		}
		for i := range all {
			if !strings.Contains(all[i].ref(), "+") {
				continue
			}
			allowed, err := t.mayAssociate(&all[i], "")
			if err != nil {
				return nil, err
			}
			if allowed {
				shared = append(shared, all[i].DomainName)
			}
		}
	}
	return shared, t.Err()
}
