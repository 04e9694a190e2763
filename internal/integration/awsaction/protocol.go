package awsaction

// The content types of the JSON protocols.
const (
	json10 = "application/x-amz-json-1.0"
	json11 = "application/x-amz-json-1.1"
)

// protocol is how a service with a JSON protocol is told an action.
type protocol struct {
	target      string // what stands before the action in X-Amz-Target
	contentType string
}

// protocols has the services with a JSON protocol whose actions need no header of the API's own.
// EventBridge ("events") is not among them, since its actions do need one.
//
// Observed: conformance/aws_action.txtar (dynamodb, kinesis, states; events without a target). The
// others are those whose service models have the same protocol.
var protocols = map[string]protocol{
	"athena":           {"AmazonAthena.", json11},
	"codebuild":        {"CodeBuild_20161006.", json11},
	"cognito-identity": {"AWSCognitoIdentityService.", json11},
	"cognito-idp":      {"AWSCognitoIdentityProviderService.", json11},
	"comprehend":       {"Comprehend_20171127.", json11},
	"dynamodb":         {"DynamoDB_20120810.", json10},
	"ecr":              {"AmazonEC2ContainerRegistry_V20150921.", json11},
	"ecs":              {"AmazonEC2ContainerServiceV20141113.", json11},
	"firehose":         {"Firehose_20150804.", json11},
	"glue":             {"AWSGlue.", json11},
	"kinesis":          {"Kinesis_20131202.", json11},
	"kms":              {"TrentService.", json11},
	"logs":             {"Logs_20140328.", json11},
	"rekognition":      {"RekognitionService.", json11},
	"sagemaker":        {"SageMaker.", json11},
	"secretsmanager":   {"secretsmanager.", json11},
	"states":           {"AWSStepFunctions.", json10},
	"textract":         {"Textract.", json11},
	"transcribe":       {"Transcribe.", json11},
	"translate":        {"AWSShineFrontendService_20170701.", json11},
}

// versions has the services with a query protocol that don't take an action without the version of
// their interface.
var versions = map[string]string{
	"autoscaling":          "2011-01-01",
	"cloudformation":       "2010-05-15",
	"ec2":                  "2016-11-15",
	"elasticloadbalancing": "2015-12-01",
	"iam":                  "2010-05-08",
	"monitoring":           "2010-08-01",
	"rds":                  "2014-10-31",
	"sts":                  "2011-06-15",
}

// objectActions has the actions of S3 with the query that tells each from the others; the verb is the integration's. S3 has no
// protocol for actions: its interface is paths.
//
// AWS: PutIntegration (API reference), uri, whose example is GetObject; Amazon S3 API reference.
var objectActions = map[string]string{
	"CopyObject":          "",
	"CreateBucket":        "",
	"DeleteBucket":        "",
	"DeleteObject":        "",
	"DeleteObjects":       "delete",
	"DeleteObjectTagging": "tagging",
	"GetBucketLocation":   "location",
	"GetObject":           "",
	"GetObjectAcl":        "acl",
	"GetObjectTagging":    "tagging",
	"HeadBucket":          "",
	"HeadObject":          "",
	"ListBuckets":         "",
	"ListObjects":         "",
	"ListObjectsV2":       "list-type=2",
	"ListObjectVersions":  "versions",
	"PutObject":           "",
	"PutObjectAcl":        "acl",
	"PutObjectTagging":    "tagging",
}

// protocol returns how the service is told actions, if it has a JSON protocol.
func (a *Action) protocol() (protocol, bool) {
	if a.Service.Name == "dynamodb" && a.Service.Subdomain == "streams" {
		return protocol{"DynamoDBStreams_20120810.", json10}, true
	}
	p, ok := protocols[a.Service.Name]
	return p, ok
}
