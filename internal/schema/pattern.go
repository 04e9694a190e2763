package schema

import (
	"regexp"
	"sync"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// regexpTime is how long the back-tracking patterns of an API's models may run for one body, all
// together. It is far more than honest patterns take, also on a machine that is busy.
const regexpTime = time.Second

// budget bounds the time that one validation spends in back-tracking patterns. The library gives
// patterns no context, so validations of one API's bodies take turns where the API has such patterns;
// where it has none, begin does nothing.
type budget struct {
	backtracking bool // whether there is such a pattern; known once the models are compiled

	mu       sync.Mutex
	until    time.Time
	exceeded bool // a pattern of this validation did not come to an end
}

// begin starts a validation; the function that it returns ends it.
func (b *budget) begin() (done func()) {
	if !b.backtracking {
		return func() {}
	}
	b.mu.Lock()
	b.until, b.exceeded = time.Now().Add(regexpTime), false
	return b.mu.Unlock
}

// compileRegexp compiles a pattern of a model. Patterns that the standard library's engine knows run
// on it, in linear time: a body may have many strings. Only look-around, back-references and the like
// need the back-tracking one.
func (b *budget) compileRegexp(source string) (jsonschema.Regexp, error) {
	if linear, err := regexp.Compile(source); err == nil {
		return linear, nil
	}
	re, err := regexp2.Compile(source, regexp2.ECMAScript)
	if err != nil {
		return nil, err
	}
	b.backtracking = true
	return &pattern{re: re, budget: b}, nil
}

// pattern is a regular expression of a model that needs the back-tracking engine.
type pattern struct {
	re     *regexp2.Regexp
	budget *budget
}

// String returns the pattern as it was written.
func (p *pattern) String() string { return p.re.String() }

// MatchString reports whether the pattern matches somewhere in s, as far as there is time.
func (p *pattern) MatchString(s string) bool {
	p.re.MatchTimeout = time.Until(p.budget.until)
	if p.re.MatchTimeout <= 0 {
		p.budget.exceeded = true
		return false
	}
	ok, err := p.re.MatchString(s)
	if err != nil {
		p.budget.exceeded = true
	}
	return err == nil && ok
}
