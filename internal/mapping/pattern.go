package mapping

import (
	"time"

	"github.com/sluice-gateway/sluice/vtl"
)

// maxSelectionTime bounds one match of a selection pattern: far more than honest ones take, also on a
// machine that is busy.
const maxSelectionTime = time.Second

// CompilePattern compiles a selection pattern of an integration response: a regular expression of Java's
// with all that they have, one match of which takes a limited time.
//
// AWS: Set up an integration response in API Gateway.
func CompilePattern(source string) (*vtl.JavaPattern, error) {
	return vtl.CompileJavaPattern(source, regexpEngine{}, maxSelectionTime)
}
