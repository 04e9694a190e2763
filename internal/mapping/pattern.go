package mapping

import "github.com/sluice-gateway/sluice/vtl"

// CompilePattern compiles a selection pattern of an integration response: a regular expression of Java's
// with all that they have, one match of which takes a limited time.
//
// AWS: Set up an integration response in API Gateway.
func CompilePattern(source string) (*vtl.JavaPattern, error) {
	return vtl.CompileJavaPattern(source, regexpEngine{}, maxRegexpTime)
}
