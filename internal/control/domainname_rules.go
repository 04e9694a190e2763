package control

import (
	"crypto/tls"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// maximumDomainName is the longest name of a domain, in characters.
const maximumDomainName = 253

// domainSyntax is what a custom domain name may be: a name of at least two labels, the first of which may
// be a wildcard.
//
// AWS: Custom domain name for public REST APIs in API Gateway.
var domainSyntax = regexp.MustCompile(`^(\*|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$`)

// truststoreSyntax is the address of a truststore.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway.
var truststoreSyntax = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^?#]+$`)

// checkDomainSyntax says whether a domain may have a name.
func checkDomainSyntax(name string) error {
	switch {
	case len(name) > maximumDomainName || !domainSyntax.MatchString(name):
		return apigw.BadRequest("Invalid domain name specified: " + name)
	case strings.Contains(name+".", ".execute-api.") || strings.HasSuffix(name, ".amazonaws.com"):
		return apigw.BadRequest("Invalid domain name specified: " + name + " is a name of API Gateway's own")
	}
	return nil
}

// completeDomainName puts in the defaults of what a domain name does not say, and takes out what is empty.
func completeDomainName(d *DomainName) {
	for _, text := range []**string{
		&d.CertificateArn, &d.CertificateName, &d.RegionalCertificateArn, &d.RegionalCertificateName,
		&d.OwnershipVerificationCertificateArn, &d.Policy, &d.ManagementPolicy,
	} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	if len(d.Tags) == 0 {
		d.Tags = nil
	}
	e := new(apigw.Value(d.EndpointConfiguration))
	d.EndpointConfiguration = e
	if len(e.Types) == 0 {
		e.Types = []apigw.EndpointType{apigw.EndpointTypeEdge}
	}
	if e.IpAddressType == nil {
		e.IpAddressType = new(apigw.IpAddressTypeIpv4)
		if d.private() {
			e.IpAddressType = new(apigw.IpAddressTypeDualstack)
		}
	}
	if d.SecurityPolicy == nil {
		d.SecurityPolicy = new(apigw.SecurityPolicyTls10)
		if d.private() {
			d.SecurityPolicy = new(apigw.SecurityPolicyTls12)
		}
	}
	if d.RoutingMode == nil {
		d.RoutingMode = new(apigw.RoutingModeBasePathMappingOnly)
	}
	completeMutualTLS(d)
}

// completeMutualTLS takes out what is empty of the settings for mutual TLS. Without a truststore there is none.
func completeMutualTLS(d *DomainName) {
	m := d.MutualTlsAuthentication
	switch {
	case m == nil:
	case apigw.Value(m.TruststoreUri) == "":
		d.MutualTlsAuthentication = nil
	case apigw.Value(m.TruststoreVersion) == "":
		m.TruststoreVersion = nil
	}
}

// upload takes the certificate that a request brings with it.
func (d *DomainName) upload(in *apigw.CreateDomainNameRequest) error {
	body, key := apigw.Value(in.CertificateBody), apigw.Value(in.CertificatePrivateKey)
	if body == "" && key == "" && apigw.Value(in.CertificateChain) == "" {
		return nil
	}
	if d.CertificateArn != nil || d.RegionalCertificateArn != nil {
		return apigw.BadRequest("Cannot specify both a certificate ARN and a certificate body.")
	}
	if chain := apigw.Value(in.CertificateChain); chain != "" {
		body = strings.TrimRight(body, "\n") + "\n" + chain
	}
	if _, err := tls.X509KeyPair([]byte(body), []byte(key)); err != nil {
		return apigw.BadRequest("Invalid certificate specified: " + strings.TrimPrefix(err.Error(), "tls: "))
	}
	d.Certificate, d.PrivateKey = body, key
	return nil
}

// checkDomainName says whether a domain name with its defaults is lawful, and brings a new policy into the form in
// which it is kept.
func (t *tx) checkDomainName(d *DomainName) error {
	for _, check := range []func(*DomainName) error{t.checkDomainCertificates, checkDomainSecurity, checkMutualTLS, t.checkDomainPolicies} {
		if err := check(d); err != nil {
			return err
		}
	}
	if d.private() && apigw.Value(d.EndpointConfiguration.IpAddressType) != apigw.IpAddressTypeDualstack {
		return apigw.BadRequest("Private domain names only support the dualstack IP address type.")
	}
	if len(d.EndpointConfiguration.VpcEndpointIds) > 0 {
		return apigw.BadRequest("VPCEndpoints can only be specified with PRIVATE apis.")
	}
	return nil
}

// checkDomainCertificates says whether the certificates fit the endpoint types.
//
// Observed: the texts; "Certificate must be in" is the end of one.
func (t *tx) checkDomainCertificates(d *DomainName) error {
	active := d.EndpointConfiguration.Types[0]
	if (d.RegionalCertificateArn != nil || d.RegionalCertificateName != nil) && !d.has(apigw.EndpointTypeRegional) {
		return apigw.BadRequest("Cannot import certificates for REGIONAL while " + string(active) + " is active.")
	}
	if (d.CertificateArn != nil || d.CertificateName != nil) && !d.has(apigw.EndpointTypeEdge) && !d.private() {
		return apigw.BadRequest("Cannot import certificates for EDGE while " + string(active) + " is active.")
	}
	if err := checkCertificateARN(d.RegionalCertificateArn, t.caller.Region); err != nil {
		return err
	}
	region := edgeCertificateRegion
	if d.private() {
		region = t.caller.Region
	}
	if err := checkCertificateARN(d.CertificateArn, region); err != nil {
		return err
	}
	return checkCertificateARN(d.OwnershipVerificationCertificateArn, t.caller.Region)
}

// edgeCertificateRegion is where the certificates of edge-optimized domain names are kept.
//
// AWS: Set up an edge-optimized custom domain name in API Gateway.
const edgeCertificateRegion = "us-east-1"

// checkCertificateARN says whether a text is the ARN of a certificate of AWS Certificate Manager in the region, or of
// a server certificate of IAM.
func checkCertificateARN(text *string, region string) error {
	if text == nil {
		return nil
	}
	a, ok := parseARN(*text)
	switch {
	case ok && a.service == "iam" && strings.HasPrefix(a.resource, "server-certificate/"):
	case !ok || a.service != "acm" || !strings.HasPrefix(a.resource, "certificate/"):
		return apigw.BadRequest("Invalid certificate ARN: " + *text)
	case a.region != region:
		return apigw.BadRequest("Invalid certificate ARN: " + *text + ". Certificate must be in '" + region + "'.")
	}
	return nil
}

// checkDomainSecurity says whether the security policy is one for the endpoint type, and has an access mode where it
// needs one.
//
// AWS: Supported security policies; Security policies for REST APIs in API Gateway.
func checkDomainSecurity(d *DomainName) error {
	policy := string(*d.SecurityPolicy)
	isNew := strings.HasPrefix(policy, "SecurityPolicy_")
	switch {
	case isNew && strings.HasSuffix(policy, "_EDGE") != d.has(apigw.EndpointTypeEdge):
		return apigw.BadRequest("Security policy " + policy + " is not supported for " + string(d.EndpointConfiguration.Types[0]) + " domain names.")
	case d.private() && *d.SecurityPolicy == apigw.SecurityPolicyTls10:
		return apigw.BadRequest("Security policy TLS_1_0 is not supported for PRIVATE domain names.")
	case isNew && d.EndpointAccessMode == nil:
		return apigw.BadRequest("EndpointAccessMode must be specified with security policies that begin with SecurityPolicy_")
	case !isNew && d.EndpointAccessMode != nil:
		return apigw.BadRequest("EndpointAccessMode can only be specified with security policies that begin with SecurityPolicy_")
	}
	return nil
}

// checkMutualTLS says whether the settings for mutual TLS are lawful.
//
// AWS: How to turn on mutual TLS authentication for your REST APIs in API Gateway.
func checkMutualTLS(d *DomainName) error {
	m := d.MutualTlsAuthentication
	switch {
	case m == nil:
		return nil
	case *d.SecurityPolicy == apigw.SecurityPolicyTls10:
		return apigw.BadRequest("Mutual TLS authentication is only supported with TLS 1.2.") // Observed
	case len(d.EndpointConfiguration.Types) != 1 || !d.has(apigw.EndpointTypeRegional):
		return apigw.BadRequest("Mutual TLS authentication is only supported for REGIONAL domain names.")
	case !truststoreSyntax.MatchString(*m.TruststoreUri):
		return apigw.BadRequest("Invalid truststoreUri specified: " + *m.TruststoreUri + ". It must be of the form s3://bucket-name/key-name")
	}
	return nil
}

// checkDomainPolicies says whether a private domain name's policies are policies. It keeps the one for
// callers in its normal form; unlike that of an API it is shown as it is kept.
//
// AWS: Custom domain names for private APIs in API Gateway.
func (t *tx) checkDomainPolicies(d *DomainName) error {
	if !d.private() {
		if d.Policy != nil || d.ManagementPolicy != nil {
			return apigw.BadRequest("Policies can only be specified with PRIVATE domain names.")
		}
		return nil
	}
	if d.Policy != nil {
		policy, err := normalPolicy(*d.Policy, "arn:"+t.caller.Partition+":execute-api:"+t.caller.Region+":"+t.caller.AccountID+":/domainnames/"+d.ref()+"/")
		if err != nil {
			return err
		}
		d.Policy = &policy
	}
	if d.ManagementPolicy != nil {
		if _, err := normalPolicy(*d.ManagementPolicy, ""); err != nil {
			return err
		}
	}
	return nil
}

// describe makes up what a domain name's endpoints are called, and when its certificate came.
func (d *DomainName) describe(t *tx) {
	if d.has(apigw.EndpointTypeEdge) && d.DistributionDomainName == nil {
		d.DistributionDomainName, d.DistributionHostedZoneId = new("d"+t.newID(13)+".cloudfront.net"), new("Z2FDTNDATAQYW2")
	}
	if d.has(apigw.EndpointTypeRegional) && d.RegionalDomainName == nil {
		d.RegionalDomainName = new("d-" + t.newID(10) + ".execute-api." + t.caller.Region + ".amazonaws.com")
		d.RegionalHostedZoneId = new(hostedZone(t.caller.Region))
	}
	if d.CertificateUploadDate == nil && (d.CertificateArn != nil || d.RegionalCertificateArn != nil || d.Certificate != "") {
		d.CertificateUploadDate = &t.now
	}
}

// migrate brings what the service says of a changed domain name in line with its endpoint types: the
// endpoints that went are forgotten with their certificates.
//
// AWS: Migrate a custom domain name to a different API endpoint type in API Gateway.
func (d *DomainName) migrate(t *tx, before *DomainName) {
	if before.has(apigw.EndpointTypeEdge) && !d.has(apigw.EndpointTypeEdge) {
		d.DistributionDomainName, d.DistributionHostedZoneId = nil, nil
		d.CertificateArn, d.CertificateName = nil, nil
	}
	if before.has(apigw.EndpointTypeRegional) && !d.has(apigw.EndpointTypeRegional) {
		d.RegionalDomainName, d.RegionalHostedZoneId = nil, nil
		d.RegionalCertificateArn, d.RegionalCertificateName = nil, nil
	}
	arns := func(d *DomainName) []string {
		return []string{apigw.Value(d.CertificateArn), apigw.Value(d.RegionalCertificateArn)}
	}
	if !slices.Equal(arns(d), arns(before)) {
		d.CertificateUploadDate = nil
		d.Certificate, d.PrivateKey = "", "" // an ARN takes the place of what was uploaded
	}
	d.describe(t)
}

// hostedZones are the Route 53 zones of regional endpoints.
//
// AWS: Amazon API Gateway endpoints and quotas, in the AWS General Reference.
var hostedZones = map[string]string{
	"us-east-1": "Z1UJRXOUMOOFQ8", "us-east-2": "ZOJJZC49E0EPZ", "us-west-1": "Z2MUQ32089INYE", "us-west-2": "Z2OJLYMUO9EFXC",
	"ca-central-1": "Z19DQILCV0OWEC", "sa-east-1": "ZCMLWB8V5SYIT",
	"eu-central-1": "Z1U9ULNL0V5AJ3", "eu-west-1": "ZLY8HYME6SFDD", "eu-west-2": "ZJ5UAJN8Y3Z2Q", "eu-west-3": "Z3KY65QIEKYHQQ", "eu-north-1": "Z3UWIKFBOOGXPP",
	"ap-east-1": "Z3FD1VL90ND7K5", "ap-south-1": "Z3VO1THU9YC4UR", "ap-northeast-1": "Z1YSHQZHG15GKL", "ap-northeast-2": "Z20JF4UZKIW1U8",
	"ap-southeast-1": "ZL327KTPIQFUL", "ap-southeast-2": "Z2RPCDW04V8134",
}

// hostedZone returns the zone of a region's regional endpoints.
//
// Differs: a region that is not in the table has that of us-east-1.
func hostedZone(region string) string {
	if zone, ok := hostedZones[region]; ok {
		return zone
	}
	return hostedZones["us-east-1"]
}
