// Package mapping is what API Gateway's mappings can say of a request and a response: mapping
// templates with $input, $context, $stageVariables and $util; the expressions of parameter mappings;
// the simpler templates of gateway responses.
//
// [CompileTemplate], [CompileExpression] and [CompileSimple] do the work that doesn't depend on a request; what they
// return is immutable and evaluated against a [Scope], which is one exchange as mappings see it. Package vtl
// has the template language, jsonpath and jsonvalue what the body is read with.
//
// It doesn't choose a template, apply an override or write a header: that is package gateway's.
//
// Start reading with scope.go, then template.go and expression.go.
package mapping
