// Hot path.

package gateway

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/internal/plan"
)

// TableConfig is what a table is made of.
type TableConfig struct {
	Stages []*plan.Stage

	// Domains are the custom domain names.
	Domains []*Domain

	// Suffixes are the domains below which APIs are reached as {api-id}.execute-api.{suffix};
	// "localhost" and "{region}.amazonaws.com" always work.
	Suffixes []string

	// Root, if not nil, is also served at the root path, without a stage segment, of every host and
	// path that name no API.
	Root *plan.Stage
}

// Table finds the stage for an address. It is immutable; a Gateway replaces it whole.
type Table struct {
	apis     map[string]apiStages // by id of the API
	hosts    map[string]apiStages // by id in lower case, as hosts have it
	suffixes []string             // lower case, without a dot in front
	domains  map[string]*host     // custom domain names by name, in lower case
	private  bool                 // there are private custom domain names
	root     *plan.Stage
}

// apiStages are the stages of one API by name.
type apiStages map[string]*plan.Stage

// Parts of the addressing forms.
const (
	executeAPI   = ".execute-api."
	apiIDHeader  = "x-apigw-api-id"
	localForm    = "/_aws/execute-api/"
	restAPIsForm = "/restapis/"
	userRequest  = "_user_request_"
)

// NewTable builds a table. It fails when two stages have the same API and name.
func NewTable(cfg TableConfig) (*Table, error) {
	t := &Table{apis: make(map[string]apiStages), hosts: make(map[string]apiStages), suffixes: []string{"localhost"}, root: cfg.Root}
	for _, suffix := range cfg.Suffixes {
		t.suffixes = append(t.suffixes, strings.ToLower(strings.Trim(suffix, ".")))
	}
	for _, st := range cfg.Stages {
		stages := t.apis[st.Plan.APIID]
		if stages == nil {
			stages = make(apiStages)
			t.apis[st.Plan.APIID] = stages
			t.hosts[strings.ToLower(st.Plan.APIID)] = stages
		}
		if stages[st.Name] != nil {
			return nil, fmt.Errorf("the API %s has two stages %s", st.Plan.APIID, st.Name)
		}
		stages[st.Name] = st
	}
	return t, t.addDomains(cfg.Domains)
}

// address is what a request is addressed to. The paths are parts of the request target, raw.
type address struct {
	stage *plan.Stage
	path  string // path below the stage, for matching: "/a//b"
	full  string // $context.path: with the stage where the client sent one
	query string // raw query

	domain   *domain // that the host names; nil if it names none
	basePath string  // of its mapping, as it stands in the path: "/orders", or "" for a mapping without
	staged   bool    // the path names the stage, behind the base path
}

// resolve finds the stage for a request whose host is no custom domain name; ok is false when there is none.
// The order is: host of an API, header x-apigw-api-id, path forms, root alias.
//
// AWS: How to invoke a private API. Observed: conformance/addressing_stage.txtar. Differs: the path
// forms and the root alias are this program's.
func (t *Table) resolve(r *Request) (a address, ok bool) {
	path, query, _ := strings.Cut(r.Target, "?")
	a.query = query
	if api, named := t.apiOfHost(r.Host); named {
		ok = a.below(api, path)
		return a, ok
	}
	if id, named := r.Headers.LastFold(apiIDHeader); named {
		ok = a.below(t.apis[id], path)
		return a, ok
	}
	if id, rest, named := splitPathForm(path); named {
		if api := t.apis[id]; api != nil {
			ok = a.below(api, rest) && a.skipUserRequest(path)
			return a, ok
		}
	}
	if t.root == nil {
		return a, false
	}
	a.stage, a.full = t.root, oneSlash(path)
	a.path = a.full
	return a, true
}

// below takes the first segment of path as the name of one of the API's stages.
func (a *address) below(api apiStages, path string) bool {
	a.full = oneSlash(path)
	name, rest, _ := strings.Cut(a.full[1:], "/")
	a.stage = api[name]
	a.path = "/"
	if rest != "" {
		a.path = oneSlash(a.full[1+len(name):])
	}
	return a.stage != nil
}

// skipUserRequest takes the segment _user_request_ out of an address that came in the form
// /restapis/{api}/{stage}/_user_request_/{path}; it reports whether it was there, true for the other
// form.
func (a *address) skipUserRequest(path string) bool {
	if !strings.HasPrefix(path, restAPIsForm) {
		return true
	}
	rest, ok := strings.CutPrefix(a.path, "/"+userRequest)
	if !ok || rest != "" && rest[0] != '/' {
		return false
	}
	a.path = "/"
	if rest != "" {
		a.path = oneSlash(rest)
	}
	a.full = "/" + a.stage.Name + a.path
	return true
}

// splitPathForm splits a path of the forms /_aws/execute-api/{api}/{rest} and /restapis/{api}/{rest}.
func splitPathForm(path string) (api, rest string, ok bool) {
	rest, ok = strings.CutPrefix(path, localForm)
	if !ok {
		rest, ok = strings.CutPrefix(path, restAPIsForm)
	}
	if !ok {
		return "", "", false
	}
	i := strings.IndexByte(rest, '/')
	if i < 0 {
		return rest, "", true
	}
	return rest[:i], rest[i:], true
}

// oneSlash returns the path with exactly one slash in front.
func oneSlash(path string) string {
	for len(path) > 1 && path[0] == '/' && path[1] == '/' {
		path = path[1:]
	}
	if path == "" || path[0] != '/' {
		return "/" + path
	}
	return path
}

// apiOfHost returns the stages of the API that a host names, and whether it has the form of an API's
// host at all. A private API may be named together with its interface endpoint: {api}-{vpce}.
func (t *Table) apiOfHost(host string) (apiStages, bool) {
	host = strings.ToLower(hostname(host))
	label, suffix, ok := strings.Cut(host, executeAPI)
	if !ok || !t.serves(suffix) {
		return nil, false
	}
	if api := t.hosts[label]; api != nil {
		return api, true
	}
	if i := strings.Index(label, "-vpce-"); i > 0 {
		return t.hosts[label[:i]], true
	}
	return nil, true
}

// serves reports whether hosts of APIs may end in the suffix.
func (t *Table) serves(suffix string) bool {
	for _, s := range t.suffixes {
		if s == suffix {
			return true
		}
	}
	_, domain, ok := strings.Cut(suffix, ".")
	return ok && (domain == "amazonaws.com" || domain == "amazonaws.com.cn")
}

// hostname returns a Host header's value without the port.
func hostname(host string) string {
	i := strings.LastIndexByte(host, ':')
	if i < 0 || i < strings.LastIndexByte(host, ']') {
		return host
	}
	return host[:i]
}
