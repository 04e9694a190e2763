package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

func TestServiceURI(t *testing.T) {
	type built struct {
		OK                  bool
		Service             integration.Service
		URI                 string
		Target, ContentType string
	}
	const in = "arn:aws:apigateway:eu-west-1:"
	variables := map[string]string{"queue": "orders", "bucket": "photos", "role": "reader", "region": "eu-west-2"}
	values := pathValues{{Name: "key", Value: "a/b%20c d"}, {Name: "bucket", Value: "pets"}, {Name: "action", Value: "Put Item"}, {Name: "odd", Value: "a/b"}}
	service := func(name, subdomain string) integration.Service {
		return integration.Service{Name: name, Subdomain: subdomain, Partition: "aws", Region: "eu-west-1", Credentials: "arn:aws:iam::1:role/reader"}
	}
	tests := []struct {
		name, uri string
		want      built
	}{
		{"stage variable in the path", in + "sqs:path/1/${stageVariables.queue}", built{OK: true, Service: service("sqs", ""), URI: "/1/orders"}},
		{"stage variable for the subdomain", in + "${stageVariables.bucket}.s3:path/{key}", built{OK: true, Service: service("s3", "photos"), URI: "/a/b%20c%20d"}},
		{"placeholder for the subdomain", in + "{bucket}.s3:path/", built{OK: true, Service: service("s3", "pets"), URI: "/"}},
		{"action", in + "dynamodb:action/PutItem",
			built{OK: true, Service: service("dynamodb", ""), URI: "/", Target: "DynamoDB_20120810.PutItem", ContentType: "application/x-amz-json-1.0"}},
		{"placeholder for the action", in + "sns:action/{action}&a={key}", built{OK: true, Service: service("sns", ""), URI: "/?Action=Put%20Item&a=a%2Fb%20c%20d"}},
		{"placeholder in the target", in + "kms:action/{action}",
			built{OK: true, Service: service("kms", ""), URI: "/", Target: "TrentService.Put%20Item", ContentType: "application/x-amz-json-1.1"}},
		{"placeholder without value", in + "s3:path/{none}", built{}},
		{"target without value", in + "kms:action/{none}", built{}},
		{"subdomain without value", in + "{none}.s3:path/", built{}},
		{"subdomain that is none", in + "{odd}.s3:path/", built{}},
		{"missing stage variable", in + "${stageVariables.none}:path/", built{}},
		{"no ARN", "https://example.com/", built{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u := compileServiceURI(tt.uri, "arn:aws:iam::1:role/${stageVariables.role}", variables)
			var got built
			var uri integration.URI
			if u.Build(&uri, values) {
				var okService, okAction bool
				got.Service, okService = u.Service(values)
				got.Target, got.ContentType, okAction = u.Action(values)
				got.OK, got.URI = okService && okAction, string(uri.Append(nil))
			}
			if !got.OK {
				got = built{}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// pathValues are the values of placeholders.
type pathValues []mapping.Param

func (v pathValues) PathValue(name string) (string, bool) {
	for _, p := range v {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}
