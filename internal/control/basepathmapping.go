package control

import (
	"context"
	"regexp"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
	"github.com/sluice-gateway/sluice/internal/store"
)

// none is how a mapping without base path is shown and addressed, and one way to say that it has no stage.
//
// AWS: BasePathMapping, in the Amazon API Gateway API reference.
const none = "(none)"

// maximumBasePath is the longest base path, in characters.
//
// AWS: Map stages to a custom domain name for REST APIs.
const maximumBasePath = 300

var (
	errNoMapping = apigw.NotFound("Invalid base path mapping identifier specified")

	// Observed.
	errMappingTaken = apigw.Conflict("Base path already exists for this domain name")
	errMultiLevel   = apigw.BadRequest("API Gateway V1 doesn't support the slash character (/) in base path mappings. To create a multi-level base path mapping, use API Gateway V2.")
)

// basePathSyntax is what a base path may be made of, besides the slashes between its levels.
//
// AWS: Map stages to a custom domain name for REST APIs.
var basePathSyntax = regexp.MustCompile(`^[A-Za-z0-9$\-_.+!*'()]+$`)

// normalBasePath returns a base path as it is kept.
func normalBasePath(path string) string {
	if path == "" {
		return none
	}
	return path
}

func (c *Control) createBasePathMapping(ctx context.Context, in *apigw.CreateBasePathMappingRequest) (*apigw.BasePathMapping, error) {
	return publish(ctx, c, func(t *tx) (*apigw.BasePathMapping, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		m := &apigw.BasePathMapping{BasePath: new(normalBasePath(apigw.Value(in.BasePath))), RestApiId: &in.RestApiId, Stage: in.Stage}
		return m, t.placeMapping(d, m, c.multiLevel)
	})
}

// placeMapping checks and stores a mapping at an address that must be free. With multiLevel the address may have
// several levels.
func (t *tx) placeMapping(d *DomainName, m *apigw.BasePathMapping, multiLevel bool) error {
	if err := checkBasePath(d, *m.BasePath, multiLevel); err != nil {
		return err
	}
	if err := t.checkMapping(d, m); err != nil {
		return err
	}
	key := t.mappingKey(d, *m.BasePath)
	if taken, err := t.exists(key); err != nil {
		return err
	} else if taken {
		return errMappingTaken
	}
	return save(t, key, m)
}

// mappingKey returns the key of a mapping of a domain name.
func (t *tx) mappingKey(d *DomainName, basePath string) store.Key {
	return t.space.BasePathMapping(d.ref(), normalBasePath(basePath))
}

// checkMapping says whether what a mapping points to is there.
func (t *tx) checkMapping(d *DomainName, m *apigw.BasePathMapping) error {
	if s := apigw.Value(m.Stage); s == "" || s == none {
		m.Stage = nil
	}
	id := apigw.Value(m.RestApiId)
	if id == "" {
		return apigw.BadRequest("Invalid REST API identifier specified")
	}
	record, err := loadOr[apigw.RestApi](t, t.place(id).keys.Key(), apigw.BadRequest("Invalid REST API identifier specified"))
	if err != nil {
		return err
	}
	if private := record.EndpointConfiguration.Types[0] == apigw.EndpointTypePrivate; private != d.private() {
		return apigw.BadRequest("Only PRIVATE APIs can be mapped to PRIVATE domain names, and only to those.")
	}
	if m.Stage != nil {
		exists, err := t.exists(t.place(id).keys.Stage(*m.Stage))
		if err == nil && !exists {
			err = apigw.BadRequest("Invalid stage identifier specified")
		}
		return err
	}
	return nil
}

// checkBasePath says whether a domain name may have a base path.
//
// Differs: multi-level base paths, which the service takes from its second API only, are taken where the
// configuration says so.
func checkBasePath(d *DomainName, path string, multiLevel bool) error {
	if path == none {
		return nil
	}
	levels := strings.Split(path, "/")
	if len(levels) > 1 {
		switch {
		case !multiLevel:
			return errMultiLevel
		case !d.has(apigw.EndpointTypeRegional) || *d.SecurityPolicy == apigw.SecurityPolicyTls10:
			// AWS: Map stages to a custom domain name for REST APIs.
			return apigw.BadRequest("Multi-level base path mappings need a REGIONAL domain name with the security policy TLS_1_2.")
		}
	}
	for _, level := range levels {
		if !basePathSyntax.MatchString(level) || len(path) > maximumBasePath {
			return apigw.BadRequest("Invalid base path specified: " + path + ". It may have at most 300 letters, digits and $-_.+!*'()")
		}
	}
	return nil
}

func (c *Control) getBasePathMapping(ctx context.Context, in *apigw.GetBasePathMappingRequest) (*apigw.BasePathMapping, error) {
	return read(ctx, c, func(t *tx) (*apigw.BasePathMapping, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		return t.mapping(d, in.BasePath)
	})
}

// mapping returns a mapping of a domain name.
func (t *tx) mapping(d *DomainName, basePath string) (*apigw.BasePathMapping, error) {
	return loadOr[apigw.BasePathMapping](t, t.mappingKey(d, basePath), errNoMapping)
}

func (c *Control) getBasePathMappings(ctx context.Context, in *apigw.GetBasePathMappingsRequest) (*apigw.BasePathMappings, error) {
	return read(ctx, c, func(t *tx) (*apigw.BasePathMappings, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		all, err := list[apigw.BasePathMapping](t, t.space.BasePathMappings(d.ref()))
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(m *apigw.BasePathMapping) string { return *m.BasePath }, in.Limit, in.Position)
		return &apigw.BasePathMappings{Items: items, Position: next}, err
	})
}

func (c *Control) updateBasePathMapping(ctx context.Context, in *apigw.UpdateBasePathMappingRequest) (*apigw.BasePathMapping, error) {
	return publish(ctx, c, func(t *tx) (*apigw.BasePathMapping, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		m, err := t.mapping(d, in.BasePath)
		if err != nil || len(in.PatchOperations) == 0 {
			return m, err
		}
		was := *m.BasePath
		if err := basePathMappingPatch.Apply(m, in.PatchOperations); err != nil {
			return nil, err
		}
		m.BasePath = new(normalBasePath(apigw.Value(m.BasePath)))
		if err := t.Delete(t.mappingKey(d, was)); err != nil {
			return nil, err
		}
		return m, t.placeMapping(d, m, c.multiLevel)
	})
}

func (c *Control) deleteBasePathMapping(ctx context.Context, in *apigw.DeleteBasePathMappingRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		d, err := t.domainName(in.DomainName, in.DomainNameId)
		if err != nil {
			return nil, err
		}
		if _, err := t.mapping(d, in.BasePath); err != nil {
			return nil, err
		}
		return &apigw.Empty{}, t.Delete(t.mappingKey(d, in.BasePath))
	})
}

// checkUnmapped refuses to delete an API, or one of its stages where stage is not "", that a base path mapping points to.
//
// AWS: DeleteRestApi and DeleteStage, in the Amazon API Gateway API reference.
func (t *tx) checkUnmapped(api, stage string) error {
	for key, value := range t.Scan(t.space.AllBasePathMappings(), "") {
		m, err := decode[apigw.BasePathMapping](key, value)
		if err != nil {
			return err
		}
		if apigw.Value(m.RestApiId) != api || stage != "" && apigw.Value(m.Stage) != stage {
			continue
		}
		name, _ := key.Name()
		domain, _, _ := strings.Cut(name.Path[0], "+")
		what := "REST API '" + api + "'"
		if stage != "" {
			what = "stage '" + stage + "'"
		}
		return apigw.BadRequest("Cannot delete " + what + ", a base path mapping points to it: " + *m.BasePath + " of " + domain)
	}
	return t.Err()
}

// basePathMappingPatch is what UpdateBasePathMapping may change. Changing the base path moves the mapping to
// its new address.
var basePathMappingPatch = patch.Table[apigw.BasePathMapping]{
	Resource: "BasePathMapping",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.BasePathMapping]{
		patch.Text("/basePath", func(m *apigw.BasePathMapping) **string { return &m.BasePath }),
		patch.Text("/restapiId", func(m *apigw.BasePathMapping) **string { return &m.RestApiId }),
		patch.Text("/restApiId", func(m *apigw.BasePathMapping) **string { return &m.RestApiId }),
		patch.Text("/stage", func(m *apigw.BasePathMapping) **string { return &m.Stage }),
	},
}
