package plan

import (
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// Cache says how the responses of a method are cached.
//
// AWS: Cache settings for REST APIs in API Gateway.
type Cache struct {
	TTL      time.Duration // above 0
	AllVerbs bool          // else only those of GET

	// Protected says that only callers with permission may refresh a response; Unauthorized is what happens to others
	// who ask for it.
	Protected    bool
	Unauthorized apigw.UnauthorizedCacheControlHeaderStrategy
}

// CacheKey is what distinguishes the cached responses of an integration.
type CacheKey struct {
	Namespace  string
	Parameters []*mapping.Expression

	broken bool // a parameter is none: it would be dangerous to cache
}

// defaultCacheTTL is how long a response is kept where the settings do not say.
const defaultCacheTTL = 300 * time.Second

// CacheSpace names the cache of a stage.
func CacheSpace(account, region, api, stage string) string {
	return account + "/" + region + "/" + api + "/" + stage
}

// compileCacheKey compiles the namespace and the parameters of an integration's key.
func (c *compiler) compileCacheKey(compiled *Method, in *apigw.Integration) CacheKey {
	key := CacheKey{Namespace: value(in.CacheNamespace)}
	if key.Namespace == "" {
		key.Namespace = compiled.ResourceID
	}
	for _, name := range in.CacheKeyParameters {
		source := name
		if mapped, ok := in.RequestParameters[name]; ok {
			source = mapped
		} else if rest, ok := strings.CutPrefix(name, "integration.request."); ok {
			source = "method.request." + rest
		}
		// All values of a parameter count: a back end may look at another than the last.
		source = strings.Replace(source, "method.request.querystring.", "method.request.multivaluequerystring.", 1)
		source = strings.Replace(source, "method.request.header.", "method.request.multivalueheader.", 1)
		parameter, err := mapping.CompileExpression(source)
		if err != nil {
			c.report(Warning, "methodIntegration.cacheKeyParameters", "%v: responses are not cached", err)
			key.broken = true
			continue
		}
		key.Parameters = append(key.Parameters, parameter)
	}
	return key
}

// compileCache compiles the cache settings of a method: nil where its responses are not cached. setting is nil where the stage
// has no entry that fits the method: enabling the cache of a stage caches GET.
func compileCache(m *Method, stage *apigw.Stage, setting *apigw.MethodSetting, key string) *Cache {
	if !value(stage.CacheClusterEnabled) || m.Integration == nil || m.Integration.CacheKey.broken || m.Integration.Stream {
		return nil
	}
	if setting == nil {
		setting = &apigw.MethodSetting{}
	}
	c := &Cache{
		TTL:          defaultCacheTTL,
		AllVerbs:     key != "" && !strings.HasSuffix(key, "/*"),
		Protected:    setting.RequireAuthorizationForCacheControl == nil || *setting.RequireAuthorizationForCacheControl,
		Unauthorized: value(setting.UnauthorizedCacheControlHeaderStrategy),
	}
	if setting.CacheTtlInSeconds != nil {
		c.TTL = time.Duration(*setting.CacheTtlInSeconds) * time.Second
	}
	off := setting.CachingEnabled != nil && !*setting.CachingEnabled
	otherVerb := m.Verb != "GET" && m.Verb != "ANY" && !c.AllVerbs
	if off || otherVerb || c.TTL <= 0 {
		return nil
	}
	return c
}
