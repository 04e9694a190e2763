package vtl

import (
	"fmt"
	"time"
)

// JavaPattern is a regular expression as java.util.regex has it, for those who need what templates have: classes with
// intersections, flags, look-around. It doesn't change and is safe for concurrent use.
type JavaPattern struct {
	p pattern
}

// CompileJavaPattern compiles a pattern. The engine runs those that package regexp can't, one match for as long
// as limit; without one they are an error.
func CompileJavaPattern(source string, engine RegexpEngine, limit time.Duration) (*JavaPattern, error) {
	java, err := translate(source)
	if err != nil {
		return nil, fmt.Errorf("%w in %q", err, source)
	}
	j := &JavaPattern{pattern{source: source, java: java, limit: limit, engine: engine}}
	// All that matching needs is made now, so that its errors are found here.
	if _, err := j.p.matches(""); err != nil {
		return nil, fmt.Errorf("%w in %q", err, source)
	}
	return j, nil
}

// Matches reports whether the pattern matches all of s, as Java's matches does. An error is a match that took too long.
func (j *JavaPattern) Matches(s string) (bool, error) { return j.p.matches(s) }

// String returns the pattern as it was written.
func (j *JavaPattern) String() string { return j.p.source }
