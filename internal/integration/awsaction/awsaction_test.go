package awsaction

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/integration"
)

func TestParse(t *testing.T) {
	service := func(subdomain, name string) integration.Service {
		return integration.Service{Name: name, Subdomain: subdomain, Partition: "aws", Region: "eu-west-1"}
	}
	const in = "arn:aws:apigateway:eu-west-1:"
	tests := []struct {
		name, uri string
		want      Action
	}{
		{"path", in + "sqs:path/000000000000/orders", Action{Service: service("", "sqs"), Path: "/000000000000/orders"}},
		{"path of nothing", in + "sqs:path/", Action{Service: service("", "sqs"), Path: "/"}},
		{"second slash", in + "s3:path//", Action{Service: service("", "s3"), Path: "/"}},
		{"slash before a path", in + "lambda:path//2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations",
			Action{Service: service("", "lambda"), Path: "/2015-03-31/functions/arn:aws:lambda:eu-west-1:1:function:f/invocations"}},
		{"placeholders and query", in + "s3:path/{bucket}/{key}?acl", Action{Service: service("", "s3"), Path: "/{bucket}/{key}", Query: "acl"}},
		{"subdomain", in + "photos.s3:path/a.png", Action{Service: service("photos", "s3"), Path: "/a.png"}},
		{"subdomains", in + "a.b.iot:path/topics/x", Action{Service: service("a.b", "iot"), Path: "/topics/x"}},
		{"JSON action", in + "dynamodb:action/PutItem",
			Action{Service: service("", "dynamodb"), Path: "/", Target: "DynamoDB_20120810.PutItem", ContentType: json10}},
		{"JSON action with parameters", in + "kinesis:action/PutRecord&x=1",
			Action{Service: service("", "kinesis"), Path: "/", Query: "x=1", Target: "Kinesis_20131202.PutRecord", ContentType: json11}},
		{"other target below a subdomain", in + "streams.dynamodb:action/ListStreams",
			Action{Service: service("streams", "dynamodb"), Path: "/", Target: "DynamoDBStreams_20120810.ListStreams", ContentType: json10}},
		{"query action", in + "sns:action/Publish", Action{Service: service("", "sns"), Path: "/", Query: "Action=Publish"}},
		{"query action with parameters", in + "sns:action/Publish&Subject=a%20b",
			Action{Service: service("", "sns"), Path: "/", Query: "Action=Publish&Subject=a%20b"}},
		{"version added", in + "iam:action/ListUsers", Action{Service: service("", "iam"), Path: "/", Query: "Action=ListUsers&Version=2010-05-08"}},
		{"version given", in + "iam:action/ListUsers&Version=2009-01-01",
			Action{Service: service("", "iam"), Path: "/", Query: "Action=ListUsers&Version=2009-01-01"}},
		{"object", in + "s3:action/GetObject&Bucket={bucket}&Key={key}", Action{Service: service("", "s3"), Path: "/{bucket}/{key}"}},
		{"object, further parameters", in + "s3:action/GetObjectTagging&Key=a/b&versionId={v}&Bucket=b",
			Action{Service: service("", "s3"), Path: "/b/a/b", Query: "tagging&versionId={v}"}},
		{"object of a bucket that is the subdomain", in + "photos.s3:action/PutObject&Key=a.png", Action{Service: service("photos", "s3"), Path: "/a.png"}},
		{"bucket", in + "s3:action/ListObjectsV2&Bucket=b&prefix=x", Action{Service: service("", "s3"), Path: "/b", Query: "list-type=2&prefix=x"}},
		{"buckets", in + "s3:action/ListBuckets", Action{Service: service("", "s3"), Path: "/"}},
		{"target left to the API", in + "events:action/PutEvents", Action{Service: service("", "events"), Path: "/", Query: "Action=PutEvents"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Parse(tt.uri)
			if diff := cmp.Diff(tt.want, got); !ok || diff != "" {
				t.Errorf("Parse(%s) = %t (-want +got):\n%s", tt.uri, ok, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, uri := range []string{
		"", "https://sqs.eu-west-1.amazonaws.com", "arn:aws:apigateway:eu-west-1:sqs", "arn:aws:lambda:eu-west-1:sqs:path/x",
		"arn:aws:apigateway:eu-west-1:sqs:topic/x", "arn:aws:apigateway:eu-west-1:sqs:action/", "arn:aws:apigateway::sqs:path/x",
		"arn:aws:apigateway:eu-west-1:{service}:path/x", "arn:aws:apigateway:eu-west-1::path/x", "arn:aws:apigateway:evil.com/:sqs:path/x",
		"arn:aws:apigateway:eu-west-1:sqs@evil:path/x", "arn:aws:apigateway:eu-west-1:s3:action/SelectObjectContent&Bucket=b&Key=k",
	} {
		if got, ok := Parse(uri); ok {
			t.Errorf("Parse(%q) = %+v, want a refusal", uri, got)
		}
	}
}
