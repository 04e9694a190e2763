package openapi

import (
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// operation is one operation of a path while it is read.
type operation struct {
	verb, path string // as in the frames of problems
	item       *node  // the path item
	node       *node
	pos        Position
	method     *Method
}

func (b *builder) newOperation(verb, path string, item *node, m member) *operation {
	method := &Method{Position: m.pos}
	method.Shape.HttpMethod = new(verb)
	return &operation{verb: verb, path: path, item: item, node: m.value, pos: m.pos, method: method}
}

// operation reads x and adds it to the resource at place at.
func (b *builder) operation(x *operation, at int) {
	if b.object(x.node, strings.ToLower(x.verb)) == nil {
		return
	}
	resource := &b.api.Resources[at]
	for i := range resource.Methods {
		if resource.Methods[i].Verb() == x.verb { // "/pets" and "/pets/" are one resource
			b.serviceFail(x.pos, "%sMethod already exists for this resource", MethodFrame(x.verb, x.path))
			return
		}
	}
	b.site(MethodFrame(x.verb, x.path), x.pos, b.memberPositions(x.node))
	shape := &x.method.Shape
	shape.OperationName = b.text(x.node.get("operationId"), "operationId")
	b.parameters(x)
	b.requestBody(x)
	b.responses(x)
	b.authorization(x)
	b.requestValidator(x)
	b.integration(x)
	resource.Methods = append(resource.Methods, *x.method)
}

// parameters reads the parameters of the path item and of the operation, which win.
func (b *builder) parameters(x *operation) {
	shape := &x.method.Shape
	own := b.array(x.node.get("parameters"), "parameters")
	declared := make(map[string]bool, len(own))
	for _, n := range own {
		if key := b.parameter(x, n); key != "" {
			declared[key] = true
		}
	}
	for _, n := range b.array(x.item.get("parameters"), "parameters") {
		n = b.resolve(n)
		if key := n.get("in").keyText() + "." + n.get("name").keyText(); !declared[key] {
			b.parameter(x, n)
		}
	}
	if len(shape.RequestParameters) == 0 {
		shape.RequestParameters = nil
	}
}

// keyText returns the text of a string, empty for everything else.
func (n *node) keyText() string {
	if n.is(kindString) {
		return n.text
	}
	return ""
}

// parameterLocations are the places of parameters that method requests know.
var parameterLocations = map[string]string{"path": "path", "query": "querystring", "header": "header"}

// parameter reads one parameter and returns its place and name.
func (b *builder) parameter(x *operation, n *node) string {
	n = b.resolve(n)
	if n == nil || b.object(n, "parameters") == nil {
		return ""
	}
	in, name := b.text(n.get("in"), "in"), b.text(n.get("name"), "name")
	if in == nil || name == nil {
		b.fail(n.pos, "A parameter needs 'name' and 'in'")
		return ""
	}
	location, known := parameterLocations[*in]
	switch {
	case known:
		required := b.flag(n.get("required"), "required")
		shape := &x.method.Shape
		if shape.RequestParameters == nil {
			shape.RequestParameters = make(map[string]bool)
		}
		shape.RequestParameters["method.request."+location+"."+*name] = *in == "path" || required != nil && *required
	case *in == "body" && b.swagger:
		b.bodyParameter(x, n)
	case *in == "cookie" || *in == "formData" && b.swagger:
		b.note(n.pos, "A parameter in '%s' has no effect", *in)
	default:
		b.fail(n.pos, "Invalid place '%s' of parameter '%s'", *in, *name)
	}
	return *in + "." + *name
}

// bodyParameter reads the body of a Swagger document.
func (b *builder) bodyParameter(x *operation, n *node) {
	for _, contentType := range b.mediaTypes(x, "consumes") {
		b.requestModel(x, contentType, n.get("schema"))
	}
}

// requestBody reads the body of an OpenAPI document.
func (b *builder) requestBody(x *operation) {
	n := x.node.get("requestBody")
	if n == nil || b.swagger {
		return
	}
	body := b.resolve(n)
	content := b.object(b.object(body, "requestBody").get("content"), "content")
	if content == nil {
		return
	}
	for _, m := range content.members {
		if b.object(m.value, m.key) != nil {
			b.requestModel(x, m.key, m.value.get("schema"))
		}
	}
}

// requestModel reads the model of request bodies of one content type.
func (b *builder) requestModel(x *operation, contentType string, schema *node) {
	name := b.modelOf(schema, func(pos Position, _ string) {
		b.serviceWarn(pos, "Invalid format for model %s for method %s", contentType, x.verb)
	})
	if name == "" {
		return
	}
	if x.method.Shape.RequestModels == nil {
		x.method.Shape.RequestModels = make(map[string]string)
	}
	x.method.Shape.RequestModels[contentType] = name
}

// mediaTypes returns what a Swagger document says of an operation under "consumes" or "produces".
func (b *builder) mediaTypes(x *operation, name string) []string {
	for _, holder := range []*node{x.node, b.root} {
		if types := b.texts(holder.get(name), name); len(types) > 0 {
			return types
		}
	}
	return []string{"application/json"}
}

// responses reads the method responses. Those for default and for ranges of codes are none.
func (b *builder) responses(x *operation) {
	responses := b.object(x.node.get("responses"), "responses")
	if responses == nil {
		return
	}
	b.site(MethodResponseFrame(x.verb, x.path), x.node.member("responses").pos, nil)
	for _, m := range responses.members {
		if !isStatus(m.key) {
			if !strings.HasPrefix(m.key, "x-") {
				b.note(m.pos, "Response '%s' is no single status code and has no effect", m.key)
			}
			continue
		}
		response := b.response(x, m)
		if x.method.Shape.MethodResponses == nil {
			x.method.Shape.MethodResponses = make(map[string]apigw.MethodResponse)
		}
		x.method.Shape.MethodResponses[m.key] = response
	}
}

// response reads the response of one status code.
func (b *builder) response(x *operation, m member) apigw.MethodResponse {
	response := apigw.MethodResponse{StatusCode: new(m.key)}
	n := b.resolve(m.value)
	if n == nil || n.kind == kindNull || b.object(n, m.key) == nil {
		return response
	}
	if headers := b.object(n.get("headers"), "headers"); headers != nil && len(headers.members) > 0 {
		response.ResponseParameters = make(map[string]bool, len(headers.members))
		for _, header := range headers.members {
			response.ResponseParameters["method.response.header."+header.key] = false
		}
	}
	unsupported := func(pos Position, kind string) {
		b.serviceWarn(pos, "Unsupported model type '%sSchema' in %s response to method '%s %s'. Ignoring.", kind, m.key, x.verb, x.path)
	}
	models := make(map[string]string)
	if b.swagger {
		if name := b.modelOf(n.get("schema"), unsupported); name != "" {
			for _, contentType := range b.mediaTypes(x, "produces") {
				models[contentType] = name
			}
		}
	} else if content := b.object(n.get("content"), "content"); content != nil {
		for _, c := range content.members {
			if b.object(c.value, c.key) == nil {
				continue
			}
			if name := b.modelOf(c.value.get("schema"), unsupported); name != "" {
				models[c.key] = name
			}
		}
	}
	if len(models) > 0 {
		response.ResponseModels = models
	}
	return response
}

// isStatus reports whether text is a status code: three digits, the first from 1 to 5.
func isStatus(text string) bool {
	return len(text) == 3 && text[0] >= '1' && text[0] <= '5' &&
		text[1] >= '0' && text[1] <= '9' && text[2] >= '0' && text[2] <= '9'
}

// requestValidator reads which validator the operation has: its own, else that of the document.
func (b *builder) requestValidator(x *operation) {
	const name = extension + "request-validator"
	n := x.node.get(name)
	if n == nil {
		n = b.root.get(name)
	}
	validator := b.text(n, name)
	if validator == nil || *validator == "" {
		return
	}
	if !b.validators[*validator] {
		b.fail(n.pos, "%sRequest validator '%s' not found", MethodFrame(x.verb, x.path), *validator)
		return
	}
	x.method.RequestValidator = *validator
}

// memberPositions returns the place of the value of each member.
func (b *builder) memberPositions(n *node) map[string]Position {
	positions := make(map[string]Position, len(n.members))
	for _, m := range n.members {
		positions[m.key] = m.value.pos
	}
	return positions
}
