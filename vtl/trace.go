package vtl

import "github.com/sluice-gateway/sluice/vtl/syntax"

// Tracer is told what a rendering evaluates, in the order in which each thing is done.
type Tracer interface {
	Trace(Event)
}

// Event is one thing that was evaluated.
type Event struct {
	Pos   syntax.Pos // where it stands in the template
	What  string     // "reference", "set", "if", "foreach", "macro", "define", "evaluate", "literal", …
	Value Value      // what a reference or the right side of a #set was, whether a condition held, what a loop goes through

	// From and To are the part of the output that it wrote, in bytes from the beginning of this rendering's. What is inside
	// of a string or block that is not printed has the range that it had while it was made.
	From, To int
}
