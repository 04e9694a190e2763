package openapi

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// defaultTimeoutMillis is the timeout that an integration has that says none.
const defaultTimeoutMillis = 29000

// exportIntegration writes an integration. What is as it would be without saying so is left out.
func exportIntegration(i *apigw.Integration) *node {
	n := newObject()
	n.setText("type", strings.ToLower(string(apigw.Value(i.Type))))
	n.setOptional("httpMethod", i.HttpMethod)
	n.setOptional("uri", i.Uri)
	n.setOptional("credentials", i.Credentials)
	if apigw.Value(i.ConnectionType) == apigw.ConnectionTypeVpcLink {
		n.setText("connectionType", string(*i.ConnectionType))
		n.setOptional("connectionId", i.ConnectionId)
	}
	n.setOptional("integrationTarget", i.IntegrationTarget)
	n.setUnlessEmpty("responses", exportIntegrationResponses(i))
	if i.RequestParameters != nil {
		n.set("requestParameters", newTextMap(i.RequestParameters))
	}
	if i.RequestTemplates != nil {
		n.set("requestTemplates", newTemplates(i.RequestTemplates))
	}
	if i.PassthroughBehavior != nil {
		n.setText("passthroughBehavior", strings.ToLower(*i.PassthroughBehavior))
	}
	if i.TimeoutInMillis != nil && *i.TimeoutInMillis != defaultTimeoutMillis {
		n.setNumber("timeoutInMillis", int64(*i.TimeoutInMillis))
	}
	if len(i.CacheKeyParameters) > 0 {
		n.setOptional("cacheNamespace", i.CacheNamespace)
		n.set("cacheKeyParameters", newTexts(i.CacheKeyParameters))
	}
	if i.ContentHandling != nil {
		n.setText("contentHandling", string(*i.ContentHandling))
	}
	if i.TlsConfig != nil {
		tls := newObject()
		if i.TlsConfig.InsecureSkipVerification != nil {
			tls.setFlag("insecureSkipVerification", *i.TlsConfig.InsecureSkipVerification)
		}
		n.set("tlsConfig", tls)
	}
	if i.ResponseTransferMode != nil {
		n.setText("responseTransferMode", string(*i.ResponseTransferMode))
	}
	return n
}

// exportIntegrationResponses writes the responses of an integration by selection pattern.
func exportIntegrationResponses(i *apigw.Integration) *node {
	responses := newObject()
	for _, status := range slices.Sorted(maps.Keys(i.IntegrationResponses)) {
		r := i.IntegrationResponses[status]
		n := newObject()
		n.setText("statusCode", status)
		if r.ResponseParameters != nil {
			n.set("responseParameters", newTextMap(r.ResponseParameters))
		}
		if r.ResponseTemplates != nil {
			n.set("responseTemplates", newTemplates(r.ResponseTemplates))
		}
		if r.ContentHandling != nil {
			n.setText("contentHandling", string(*r.ContentHandling))
		}
		key := apigw.Value(r.SelectionPattern)
		if key == "" {
			key = "default"
		}
		responses.set(key, n)
	}
	return responses
}
