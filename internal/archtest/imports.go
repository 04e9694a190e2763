// Package archtest holds the architecture as tests: who may import whom, that every package
// says what it is, and that the documents name what exists. It has no code that the program uses.
//
// The import law is the table in this file; changing a rule is a commit of its own, with its reason.
package archtest

// module is the path that the law's packages are relative to.
const module = "github.com/sluice-gateway/sluice"

// rule says which packages of this module a group of packages must not, or may only, import.
type rule struct {
	name     string
	packages []string // patterns of the packages the rule is about; "x/..." is x and all below it
	except   []string // patterns taken out of packages
	only     []string // when not nil: the only packages of the module that they may import
	never    []string // packages of the module that they may not import
	stdOnly  bool     // nothing but the standard library besides what only allows
	reason   string
}

// law is the import law. Test files are free.
var law = []rule{
	{
		name:     "libraries stand alone",
		packages: []string{"vtl/...", "jsonpath/...", "jsonvalue/..."},
		only:     []string{"vtl/...", "jsonvalue/..."},
		stdOnly:  true,
		reason:   "they are public libraries: whoever imports one gets the standard library and nothing else",
	},
	{
		name:     "the template syntax knows no values",
		packages: []string{"vtl/syntax"},
		only:     []string{},
		stdOnly:  true,
		reason:   "tools that only read templates need no engine",
	},
	{
		name:     "JSON values know no templates",
		packages: []string{"jsonvalue/...", "jsonpath/..."},
		only:     []string{"jsonvalue/..."},
		stdOnly:  true,
		reason:   "$input lives in mapping, where both meet",
	},
	{
		name:     "the vocabulary imports nothing",
		packages: []string{"apigw"},
		only:     []string{},
		stdOnly:  true,
		reason:   "it is generated from the service model and imported by nearly everyone",
	},
	{
		name:     "the control plane does not know the data plane",
		packages: []string{"internal/control", "internal/permit", "internal/patch", "internal/protocol/...", "internal/store/..."},
		never:    dataPlane,
		reason:   "they meet at the store's change feed and in server, so that each can be understood, tested and run alone",
	},
	{
		name:     "the data plane does not know the control plane",
		packages: dataPlane,
		never:    []string{"internal/control", "internal/permit", "internal/patch", "internal/protocol/...", "internal/store/...", "internal/openapi"},
		reason:   "a request is served from a compiled stage; nothing on its way may read or write configuration",
	},
	{
		name:     "only the wiring names concrete backends",
		packages: []string{"..."},
		except:   []string{"internal/server", "internal/gwtest", "internal/store/..."},
		never:    []string{"internal/store/memstore", "internal/store/boltstore"},
		reason:   "which backend runs is visible on one screen, in server",
	},
	{
		name:     "the wiring is the top",
		packages: []string{"..."},
		except:   []string{"internal/server", "internal/gwtest", "internal/cli", "cmd/...", "conformance/...", "bench/..."},
		never:    []string{"internal/server", "internal/cli", "internal/gwtest"},
		reason:   "packages below the wiring must not depend on how they are wired",
	},
	{
		name:     "the wire format stands alone",
		packages: []string{"internal/http1", "internal/header"},
		only:     []string{"internal/header"},
		stdOnly:  true,
		reason:   "listener and back end client share it; what reads untrusted bytes is small enough to be looked at whole",
	},
	{
		name:     "sockets stand alone",
		packages: []string{"internal/edge"},
		only:     []string{},
		stdOnly:  true,
		reason:   "listener and back end client share it, and it must be possible to reason about its few lines alone",
	},
	{
		name:     "the policy language stands alone",
		packages: []string{"internal/policy"},
		only:     []string{"jsonvalue"},
		stdOnly:  true,
		reason:   "control plane and data plane share it: what decides who may call is small enough to be looked at whole",
	},
	{
		name:     "signatures stand alone",
		packages: []string{"internal/sigv4"},
		only:     []string{},
		stdOnly:  true,
		reason:   "control plane and data plane verify requests with the same code, and neither brings anything into it",
	},
	{
		name:     "the generator imports nothing it generates",
		packages: []string{"internal/gen"},
		never:    []string{"apigw"},
		reason:   "otherwise a mistake in the output stops the generator that would repair it",
	},
}

// dataPlane is what serves requests.
var dataPlane = []string{
	"internal/gateway/...", "internal/plan", "internal/route", "internal/mapping", "internal/schema",
	"internal/integration/...", "internal/observe", "internal/authorize/...", "internal/limit/...", "internal/respcache/...",
	"internal/certificate/...", "internal/usageplan",
}
