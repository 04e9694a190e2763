package openapi

import "github.com/sluice-gateway/sluice/apigw"

// documentation reads the documentation parts and the name of their version.
//
// AWS: x-amazon-apigateway-documentation object
func (b *builder) documentation() {
	const name = extension + "documentation"
	if b.options.IgnoreDocumentation {
		return
	}
	n := b.object(b.root.get(name), name)
	if n == nil {
		return
	}
	if version := b.text(n.get("version"), "version"); version != nil {
		b.api.DocumentationVersion = *version
	}
	for _, part := range b.array(n.get("documentationParts"), "documentationParts") {
		if b.object(part, "documentationParts") == nil {
			continue
		}
		location := b.object(part.get("location"), "location")
		kind := b.text(location.get("type"), "type")
		if kind == nil {
			b.fail(part.pos, "A documentation part needs a 'location' with a 'type'")
			continue
		}
		properties := b.documentationProperties(part.get("properties"))
		if properties == nil {
			b.fail(part.pos, "A documentation part needs 'properties'")
			continue
		}
		b.api.DocumentationParts = append(b.api.DocumentationParts, Located[apigw.DocumentationPart]{
			Value: apigw.DocumentationPart{
				Location: &apigw.DocumentationPartLocation{
					Type:       apigw.DocumentationPartType(*kind),
					Path:       b.text(location.get("path"), "path"),
					Method:     b.text(location.get("method"), "method"),
					StatusCode: b.text(location.get("statusCode"), "statusCode"),
					Name:       b.text(location.get("name"), "name"),
				},
				Properties: properties,
			},
			Position: part.pos,
		})
	}
}

// documentationProperties returns the properties, an object or the text of one.
func (b *builder) documentationProperties(n *node) *string {
	if n.is(kindString) {
		return new(n.text)
	}
	if b.object(n, "properties") == nil {
		return nil
	}
	if text, ok := b.json(n); ok {
		return &text
	}
	return nil
}
