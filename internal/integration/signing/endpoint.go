package signing

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// endpoint is where a service is called.
type endpoint struct {
	scheme, host string
	path         string // before the path of a request, without a slash at its end
	region       string // in the scope of the signature
	configured   bool   // by the operator
}

// endpoints finds the endpoints of services: that of AWS_ENDPOINT_URL_{SERVICE}, else that of
// AWS_ENDPOINT_URL, else AWS's own. What it found in the environment it keeps.
//
// AWS: Service-specific endpoints (AWS SDKs and Tools Reference Guide).
type endpoints struct {
	getenv func(string) string
	found  sync.Map // service's name -> configuredEndpoint
}

// configuredEndpoint is what the environment says about a service.
type configuredEndpoint struct {
	endpoint endpoint // none where configured is false
	err      error
}

// identifiers are the SDKs' names of services, as they stand in variables, where these are not the
// service's name in upper case.
//
// AWS: Service-specific endpoints (list of identifiers).
var identifiers = map[string]string{
	"autoscaling":          "AUTO_SCALING",
	"cognito-identity":     "COGNITO_IDENTITY",
	"cognito-idp":          "COGNITO_IDENTITY_PROVIDER",
	"email":                "SES",
	"elasticloadbalancing": "ELASTIC_LOAD_BALANCING_V2",
	"events":               "EVENTBRIDGE",
	"logs":                 "CLOUDWATCH_LOGS",
	"monitoring":           "CLOUDWATCH",
	"runtime.sagemaker":    "SAGEMAKER_RUNTIME",
	"secretsmanager":       "SECRETS_MANAGER",
	"states":               "SFN",
	"streams.dynamodb":     "DYNAMODB_STREAMS",
}

// of returns the endpoint of a service.
func (e *endpoints) of(s *integration.Service) (endpoint, error) {
	configured := e.configured(s)
	if configured.err != nil {
		return endpoint{}, configured.err
	}
	target := configured.endpoint
	if !target.configured {
		return amazon(s), nil
	}
	target.region = s.Region
	if s.Subdomain == "" {
		return target, nil
	}
	switch {
	case !isLocal(target.host):
		target.host = s.Subdomain + "." + target.host
	case s.Name == "s3":
		// An address can't have a subdomain: the bucket goes to the path, where it is as good.
		target.path += "/" + s.Subdomain
	}
	return target, nil
}

// configured returns the endpoint that the environment has for a service.
func (e *endpoints) configured(s *integration.Service) configuredEndpoint {
	name := s.Name
	if s.Subdomain != "" && identifiers[s.Subdomain+"."+s.Name] != "" {
		name = s.Subdomain + "." + s.Name
	}
	if known, ok := e.found.Load(name); ok {
		return known.(configuredEndpoint)
	}
	variables := []string{"AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_")), "AWS_ENDPOINT_URL"}
	if id := identifiers[name]; id != "" {
		variables = append([]string{"AWS_ENDPOINT_URL_" + id}, variables...)
	}
	var found configuredEndpoint
	for _, variable := range variables {
		if text := e.getenv(variable); text != "" {
			found.endpoint, found.err = parseEndpoint(variable, text)
			break
		}
	}
	e.found.Store(name, found)
	return found
}

// parseEndpoint reads the value of a variable.
func parseEndpoint(variable, text string) (endpoint, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return endpoint{}, fmt.Errorf("%s is no URL of an endpoint, such as http://localhost:4566", variable)
	}
	return endpoint{scheme: u.Scheme, host: u.Host, path: strings.TrimRight(u.EscapedPath(), "/"), configured: true}, nil
}

// isLocal reports whether a host is an address or localhost, below which there are no names.
func isLocal(host string) bool {
	u := url.URL{Host: host}
	name := u.Hostname()
	_, err := netip.ParseAddr(name)
	return err == nil || strings.EqualFold(name, "localhost")
}

// domains are the domains of partitions that have one of their own.
var domains = map[string]string{
	"aws-cn":    "amazonaws.com.cn",
	"aws-iso":   "c2s.ic.gov",
	"aws-iso-b": "sc2s.sgov.gov",
}

// global are the services that have one endpoint for all regions, and are signed for the first one.
var global = map[string]bool{"cloudfront": true, "iam": true, "route53": true}

// amazon returns the endpoint that AWS has for a service.
//
// AWS: AWS service endpoints (AWS General Reference).
func amazon(s *integration.Service) endpoint {
	domain := domains[s.Partition]
	if domain == "" {
		domain = "amazonaws.com"
	}
	prefix := s.Name
	if s.Subdomain != "" {
		prefix = s.Subdomain + "." + s.Name
	}
	if global[s.Name] && s.Partition == "aws" {
		return endpoint{scheme: "https", host: prefix + "." + domain, region: "us-east-1"}
	}
	return endpoint{scheme: "https", host: prefix + "." + s.Region + "." + domain, region: s.Region}
}
