package vtl

import (
	"errors"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/vtl/syntax"
)

// Limits bounds what one rendering may use. A member that is 0 stands for its default. A rendering that passes a limit fails with a
// [RenderError] at the place where it did.
type Limits struct {
	Steps       int           // statements and calls; 1,000,000
	OutputBytes int           // length of the output; 10 MiB
	MemoryBytes int           // about what strings and collections that the template makes take in all; 64 MiB
	Depth       int           // blocks, macros and evaluations within each other; 200
	Loops       int           // rounds of one #foreach, which then just stops; 1,000
	RegexpTime  time.Duration // for one match by a [RegexpEngine]; 100 ms
}

// The service's own limit.
//
// AWS: Amazon API Gateway quotas and important notes: at most 1,000 rounds of a #foreach.
const defaultLoops = 1000

// macroDepth is how many macros may be in use within each other: velocimacro.max.depth.
const macroDepth = 20

// defineDepth is how often a #define'd block may be in use within itself.
const defineDepth = 2

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	or(&l.Steps, 1_000_000)
	or(&l.OutputBytes, 10<<20)
	or(&l.MemoryBytes, 64<<20)
	or(&l.Depth, 200)
	or(&l.Loops, defaultLoops)
	if l.RegexpTime <= 0 {
		l.RegexpTime = 100 * time.Millisecond
	}
	return l
}

// ErrLimit is what a [RenderError] wraps that comes from one of the [Limits].
var ErrLimit = errors.New("limit exceeded")

// RenderError is a rendering that failed: a method that throws, a resource that cannot be loaded, a limit.
type RenderError struct {
	Name string     // the template's name as given to [Parse]
	Pos  syntax.Pos // the place in the template
	Err  error      // what happened
}

// Error returns name:line:column: what happened.
func (e *RenderError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("%v: %v", e.Pos, e.Err)
	}
	return fmt.Sprintf("%s:%v: %v", e.Name, e.Pos, e.Err)
}

// Unwrap returns what happened.
func (e *RenderError) Unwrap() error { return e.Err }

func limitError(what string, limit int) error {
	return fmt.Errorf("%w: more than %d %s", ErrLimit, limit, what)
}
