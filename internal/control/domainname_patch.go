package control

import (
	"slices"
	"strconv"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// domainNamePatch is what UpdateDomainName may change.
var domainNamePatch = patch.Table[DomainName]{
	Resource: "DomainName",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[DomainName]{
		optionalText("/certificateName", func(d *DomainName) **string { return &d.CertificateName }),
		optionalText("/certificateArn", func(d *DomainName) **string { return &d.CertificateArn }),
		optionalText("/regionalCertificateName", func(d *DomainName) **string { return &d.RegionalCertificateName }),
		optionalText("/regionalCertificateArn", func(d *DomainName) **string { return &d.RegionalCertificateArn }),
		{
			Path: "/endpointConfiguration/types", Ops: patch.Add | patch.Remove, Value: "REGIONAL or EDGE",
			Apply: func(d *DomainName, c patch.Change) error { return patchDomainType(d, c, c.Op) },
		},
		{
			Path: "/endpointConfiguration/types/{0}", Ops: patch.Replace, Value: "REGIONAL or EDGE",
			Apply: func(d *DomainName, c patch.Change) error { return patchDomainType(d, c, c.Op) },
		},
		patch.Choice("/endpointConfiguration/ipAddressType", "IpAddressType",
			[]apigw.IpAddressType{apigw.IpAddressTypeIpv4, apigw.IpAddressTypeDualstack},
			func(d *DomainName) **apigw.IpAddressType { return &d.EndpointConfiguration.IpAddressType }),
		{
			Path: "/securityPolicy", Ops: patch.Replace, Value: "a security policy",
			Source: "Differs: an access mode goes with the policy that it was given for",
			Apply: func(d *DomainName, c patch.Change) error {
				policy := apigw.SecurityPolicy(c.Text())
				if !slices.Contains(inputEnum[apigw.SecurityPolicy](apigw.CreateDomainName.Input, "securityPolicy"), policy) {
					return apigw.BadRequest("Invalid SecurityPolicy specified: " + c.Text())
				}
				d.SecurityPolicy = &policy
				if policy == apigw.SecurityPolicyTls10 || policy == apigw.SecurityPolicyTls12 {
					d.EndpointAccessMode = nil
				}
				return nil
			},
		},
		patch.Choice("/endpointAccessMode", "EndpointAccessMode",
			[]apigw.EndpointAccessMode{apigw.EndpointAccessModeBasic, apigw.EndpointAccessModeStrict},
			func(d *DomainName) **apigw.EndpointAccessMode { return &d.EndpointAccessMode }),
		{
			Path: "/mutualTlsAuthentication/truststoreUri", Ops: patch.Replace, Value: "s3:// URI; empty turns mutual TLS off",
			Apply: func(d *DomainName, c patch.Change) error {
				if c.Text() == "" {
					d.MutualTlsAuthentication = nil
					return nil
				}
				d.mutualTLS().TruststoreUri = c.Value
				return nil
			},
		},
		{
			Path: "/mutualTlsAuthentication/truststoreVersion", Ops: patch.Replace, Value: "version of the object; empty for the latest",
			Apply: func(d *DomainName, c patch.Change) error {
				d.mutualTLS().TruststoreVersion = c.Value
				return nil
			},
		},
		patch.Text("/ownershipVerificationCertificateArn", func(d *DomainName) **string { return &d.OwnershipVerificationCertificateArn }),
		patch.Text("/policy", func(d *DomainName) **string { return &d.Policy }),
		patch.Text("/managementPolicy", func(d *DomainName) **string { return &d.ManagementPolicy }),
		patch.Choice("/routingMode", "RoutingMode", inputEnum[apigw.RoutingMode](apigw.CreateDomainName.Input, "routingMode"),
			func(d *DomainName) **apigw.RoutingMode { return &d.RoutingMode }),
	},
}

// mutualTLS returns the settings for mutual TLS, which it makes where there are none.
func (d *DomainName) mutualTLS() *apigw.MutualTlsAuthentication {
	if d.MutualTlsAuthentication == nil {
		d.MutualTlsAuthentication = &apigw.MutualTlsAuthentication{}
	}
	return d.MutualTlsAuthentication
}

// optionalText is the row of a text that is added, replaced and removed.
func optionalText(path string, member func(*DomainName) **string) patch.Row[DomainName] {
	return patch.Row[DomainName]{
		Path: path, Ops: patch.Entry, Value: "text; empty removes it",
		Apply: func(d *DomainName, c patch.Change) error {
			*member(d) = nil
			if c.Op != patch.Remove && c.Text() != "" {
				*member(d) = c.Value
			}
			return nil
		},
	}
}

// patchDomainType adds, removes or replaces an endpoint type. To replace it, its index or the type itself is
// named in the path. A domain name that migrates has both public types for a while.
//
// AWS: Migrate a custom domain name to a different API endpoint type in API Gateway.
func patchDomainType(d *DomainName, c patch.Change, op patch.Ops) error {
	kind := apigw.EndpointType(c.Text())
	if !slices.Contains(endpointTypes, kind) {
		return apigw.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	types := &d.EndpointConfiguration.Types
	if op != patch.Replace {
		patch.ChangeElement(types, op, kind)
		if len(*types) == 0 {
			return apigw.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
		}
		return nil
	}
	at, err := strconv.Atoi(c.Var(0))
	if err != nil {
		at = slices.Index(*types, apigw.EndpointType(c.Var(0)))
	}
	if at < 0 || at >= len(*types) {
		return patch.InvalidValue(c)
	}
	(*types)[at] = kind
	slices.Sort(*types)
	*types = slices.Compact(*types)
	return nil
}
