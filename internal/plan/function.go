package plan

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/awsaction"
)

// Function is the Lambda function that an integration invokes, with the stage's variables in their places.
// It is immutable.
type Function struct {
	// Service and Path, with the function's ARN and its version or alias, are those of the invocation. Only
	// proxy integrations have them here; others have a URI.
	Service integration.Service
	Path    string

	// SourceARN names the method for the permissions of the function.
	//
	// AWS: Set up Lambda proxy integrations (resource-based policy of the function).
	SourceARN string
}

// Function returns the function that a method's integration invokes, or nil if it invokes none, or has a
// URI that names none.
func (s *Stage) Function(m *Method) *Function { return s.functions[m.Index] }

// bindFunction puts the stage's variables into the URI of an integration that invokes a function and reads
// it. It returns nil for any other.
func bindFunction(p *Plan, m *Method, stage *apigw.Stage) *Function {
	source := "arn:" + p.Partition + ":execute-api:" + p.Region + ":" + p.AccountID + ":" + p.APIID + "/" +
		value(stage.StageName) + "/" + m.Verb + m.ResourcePath
	if m.Integration.Lambda {
		return &Function{SourceARN: source}
	}
	if m.Integration.Type != apigw.IntegrationTypeAwsProxy {
		return nil
	}
	action, ok := awsaction.Parse(foldStageVariables(m.Integration.uri, stage.Variables))
	if !ok || action.Service.Name != "lambda" || !isInvocation(action.Path, m.Integration.Stream) {
		return nil
	}
	service := action.Service
	service.Credentials = foldStageVariables(m.Integration.credentials, stage.Variables)
	return &Function{Service: service, Path: action.Path, SourceARN: source}
}

// invokesFunction reports whether the URI of an AWS integration invokes a Lambda function; the function
// may be named by stage variables.
func invokesFunction(uri string) bool {
	action, ok := awsaction.Parse(uri)
	return ok && action.Service.Name == "lambda" && strings.HasPrefix(action.Path, invokePrefix) && strings.HasSuffix(action.Path, invokeSuffix)
}

// Paths of the Lambda service.
//
// AWS: Invoke; InvokeWithResponseStream (Lambda API reference).
const (
	invokePrefix = "/2015-03-31/functions/"
	invokeSuffix = "/invocations"
	streamPrefix = "/2021-11-15/functions/"
	streamSuffix = "/response-streaming-invocations"
)

// isInvocation reports whether a path of the Lambda service calls a function, for a response that is
// streamed or not.
func isInvocation(path string, stream bool) bool {
	prefix, suffix := invokePrefix, invokeSuffix
	if stream {
		prefix, suffix = streamPrefix, streamSuffix
	}
	function, ok := strings.CutPrefix(path, prefix)
	if !ok {
		return false
	}
	function, ok = strings.CutSuffix(function, suffix)
	return ok && isFunctionARN(function)
}

// isFunctionARN reports whether a text is the ARN of a function, of a version or of an alias: nothing in
// it is empty, and nothing could end the path it stands in.
func isFunctionARN(text string) bool {
	parts := strings.Split(text, ":")
	if len(parts) != 7 && len(parts) != 8 || parts[0] != "arn" || parts[2] != "lambda" || parts[5] != "function" {
		return false
	}
	for _, part := range parts {
		if part == "" {
			return false
		}
		for i := 0; i < len(part); i++ {
			if c := part[i]; !isUnreserved(c) && c != '$' {
				return false
			}
		}
	}
	return true
}

// checkFunction warns of a proxy integration that can't be called with these variables.
func (b *binder) checkFunction(m *Method, f *Function) {
	if f != nil {
		return
	}
	d := b.at
	d.Resource, d.Method, d.Field = m.ResourcePath, m.Verb, "methodIntegration.uri"
	d.Message = "not the invocation of a Lambda function: requests are answered with 500"
	b.found = append(b.found, d)
}
