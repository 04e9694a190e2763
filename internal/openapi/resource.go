package openapi

import (
	"net/url"
	"strings"
)

// maxPathBytes is the length of the longest path that is taken apart.
const maxPathBytes = 4096

// resources reads the paths of the document.
func (b *builder) resources() {
	b.paths = map[string]int{"/": 0}
	b.api.Resources = []Resource{{Path: "/", Position: b.root.pos}}
	b.site(ResourceFrame("/"), b.root.pos, nil)
	base := b.basePath()
	if base != "" {
		b.resource(base, b.root.pos)
	}
	paths := b.object(b.root.get("paths"), "paths")
	if paths == nil {
		return
	}
	for _, m := range paths.members {
		switch {
		case strings.HasPrefix(m.key, "x-"):
		case !strings.HasPrefix(m.key, "/"):
			b.fail(m.pos, "The path '%s' does not begin with '/'", m.key)
		case len(base)+len(m.key) > maxPathBytes:
			b.fail(m.pos, "The path has more than %d bytes", maxPathBytes)
		default:
			b.path(base, m)
		}
	}
}

// path reads one path item.
func (b *builder) path(base string, m member) {
	path := strings.TrimSuffix(base+m.key, "/")
	at := b.resource(path, m.pos)
	if m.value.kind == kindNull {
		return
	}
	item := b.object(m.value, m.key)
	if item == nil {
		return
	}
	if ref := item.get("$ref"); ref != nil {
		b.fail(ref.pos, "A path item by reference is not supported")
		return
	}
	for _, operation := range item.members {
		verb, known := verbs[operation.key]
		switch {
		case known:
			x := b.newOperation(verb, b.api.Resources[at].Path, item, operation)
			x.method.Pointer = "/paths/" + Escape(m.key) + "/" + Escape(operation.key)
			b.operation(x, at)
		case operation.key == "trace":
			b.warn(operation.pos, "Unsupported method 'TRACE' for resource '%s'. Ignoring.", b.api.Resources[at].Path)
		case !pathMembers[operation.key] && !strings.HasPrefix(operation.key, "x-"):
			b.note(operation.pos, "Unknown member '%s' of path '%s' has no effect", operation.key, m.key)
		}
	}
}

// verbs are the verbs by the member of a path item that describes them.
var verbs = map[string]string{
	"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "options": "OPTIONS", "head": "HEAD", "patch": "PATCH",
	extension + "any-method": "ANY",
}

// pathMembers are the other members that a path item may have.
var pathMembers = map[string]bool{"summary": true, "description": true, "servers": true, "parameters": true}

// resource makes the resource at path and those that lead to it, and returns its place.
func (b *builder) resource(path string, pos Position) int {
	if path == "" {
		return 0
	}
	if at, ok := b.paths[path]; ok {
		return at
	}
	cut := strings.LastIndexByte(path, '/')
	parent := b.resource(path[:cut], pos)
	b.paths[path] = len(b.api.Resources)
	b.api.Resources = append(b.api.Resources, Resource{
		Path:     path,
		Parent:   b.api.Resources[parent].Path,
		PathPart: path[cut+1:],
		Position: pos,
	})
	b.site(ResourceFrame(path), pos, nil)
	return b.paths[path]
}

// basePath returns what goes before every path: empty or a path without a slash at its end.
//
// AWS: Set the OpenAPI basePath property
func (b *builder) basePath() string {
	mode := b.options.BasePath
	if mode != BasePathPrepend && mode != BasePathSplit {
		return ""
	}
	path := strings.Trim(b.writtenBasePath(), "/")
	if path == "" || len(path) > maxPathBytes {
		return ""
	}
	if mode == BasePathSplit {
		_, rest, ok := strings.Cut(path, "/")
		if !ok {
			return ""
		}
		path = rest
	}
	return "/" + path
}

// writtenBasePath returns the base path as the document has it.
func (b *builder) writtenBasePath() string {
	if b.swagger {
		if text := b.text(b.root.get("basePath"), "basePath"); text != nil {
			return *text
		}
		return ""
	}
	servers := b.array(b.root.get("servers"), "servers")
	if len(servers) == 0 {
		return ""
	}
	if n := servers[0].get("variables").get("basePath").get("default"); n != nil {
		if text := b.text(n, "basePath"); text != nil {
			return *text
		}
	}
	address := b.text(servers[0].get("url"), "url")
	if address == nil {
		return ""
	}
	return addressPath(*address)
}

// addressPath returns the path of an address that may hold {variables}, also in its host.
func addressPath(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		at := strings.IndexByte(rest, '/')
		if at < 0 {
			return ""
		}
		address = rest[at:]
	}
	if at := strings.IndexAny(address, "?#"); at >= 0 {
		address = address[:at]
	}
	if plain, err := url.PathUnescape(address); err == nil {
		return plain
	}
	return address
}
