// Package jsonpath selects values from JSON documents with paths such as $.lines[?(@.qty > 1)].sku, in
// the dialect of Jayway's json-path, which API Gateway's mapping templates speak.
//
// A path begins with $ (or @, or with its first name) and goes on with steps:
//
//	.name ['name'] ["name"]   a member of an object
//	['a','b']                 several members: at the end one object of them, elsewhere each of them
//	[2] [-1]                  an element of an array, counted from its end if negative
//	[0,2] [1:3] [-2:] [:2]    several elements (there is no step width: a third number is ignored)
//	.* [*]                    everything in an object or array
//	..                        the step that follows, at any depth
//	[?(filter)]               the elements, or the object itself, for which the filter is true
//	.length() .size() .keys() .min() .max() .avg() .sum() .stddev() .concat() .append() .first() .last() .index()
//
// Filters compare (== != < <= > >= === !==) the values of paths that begin with @ (the element) or $ (the
// document) and literals: 'text', "text", 12.5, true, null, ["a", 1], {"k": 1}, /pattern/i. Further operators are =~, in, nin,
// contains, size, empty, subsetof, anyof, noneof, type. They are joined by && || ! and parentheses; a path
// alone asks whether it exists.
//
// A path is definite if it can lead to one value at most; others select a list of values.
// Where versions of json-path differ, this package does what the newest does.
//
// Start reading with path.go; parse.go and filter_parse.go compile paths, eval.go and filter.go evaluate them.
package jsonpath
