package openapi

import "github.com/sluice-gateway/sluice/apigw"

// postmanMeta returns what Postman reads of an operation whose callers sign, nil for one that asks for
// no signature: requests are signed with keys from variables of Postman.
//
// Differs: what the service itself writes is not known; this is what Postman's importers read.
func (w *exporter) postmanMeta(m *apigw.Method) *node {
	if apigw.Value(m.AuthorizationType) != "AWS_IAM" {
		return nil
	}
	attributes := newObject()
	attributes.setText("id", "awsSigV4")
	attributes.setText("accessKey", "{{aws_access_key_id}}")
	attributes.setText("secretKey", "{{aws_secret_access_key}}")
	attributes.setText("region", w.api.Region)
	attributes.setText("service", "execute-api")
	n := newObject()
	n.setText("currentHelper", "awsSigV4")
	n.set("helperAttributes", attributes)
	return n
}
