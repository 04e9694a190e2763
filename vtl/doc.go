// Package vtl is the template language of API Gateway's mapping templates: Velocity 1.7
// with the settings that the service is seen to have (an undefined reference is the empty
// string, at most 1,000 rounds of a loop, no template is loaded from elsewhere).
//
// It is the language only. $input, $util, $context and $stageVariables are values that the
// caller gives; package mapping, which is not public, has those of the service. The text of a template is
// read by package vtl/syntax.
//
// [Parse] compiles a template once; [Template.Execute] and [Template.Append] render it as
// often as wanted, from any number of goroutines at once. What a template can reach are
// [Value]s: the Java objects that the real engine would hold, as far as templates can tell
// them apart. A rendering is bounded by [Limits], because templates come from users.
//
// Start reading with value.go (what a template computes with), then template.go (the
// door), compile.go (syntax tree to program) and node.go (the program).
package vtl
