// Hot path.

package gateway

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/policy"
	"github.com/sluice-gateway/sluice/internal/respcache"
)

// cacheResult is what the stage's cache was to an exchange.
type cacheResult uint8

const (
	cacheUnused cacheResult = iota
	cacheHit
	cacheMiss
)

// warningIgnored tells a client that its wish to refresh a response was not heeded.
//
// Observed: conformance/cache_invalidation.txtar.
const warningIgnored = "199 Cache-control headers were ignored because the caller was unauthorized."

// lookUp answers the exchange from the cache of its stage; it reports whether it could.
//
// AWS: Cache settings for REST APIs in API Gateway.
func (g *Gateway) lookUp(ctx context.Context, x *Exchange) (hit bool, f *fault) {
	x.cache = g.cacheOf(x)
	if x.cache == nil {
		return false, nil
	}
	refresh := wantsRefresh(x.Request.Headers)
	if refresh && x.cache.Protected && !x.mayRefresh() {
		switch x.cache.Unauthorized {
		case apigw.UnauthorizedCacheControlHeaderStrategyFailWith403:
			return false, x.invalidationFault()
		case apigw.UnauthorizedCacheControlHeaderStrategySucceedWithoutResponseHeader:
		default:
			x.warnIgnored = true
		}
		refresh = false
	}
	if x.cacheKey, f = x.buildCacheKey(); f != nil {
		return false, f
	}
	x.cacheResult = cacheMiss
	if refresh {
		return false, nil
	}
	kept := g.cache.Get(ctx, x.cacheKey)
	if kept == nil {
		return false, nil
	}
	x.cacheResult = cacheHit
	x.Response.Status, x.Response.Body = kept.Status, kept.Body
	for _, h := range kept.Headers {
		if x.method.Integration.Type != apigw.IntegrationTypeHttpProxy && header.EqualName(h.Name, headerTraceID) {
			h.Value = x.ids.trace // it is the service's own, of this request
		}
		x.Response.Headers.Add(h.Name, h.Value)
	}
	return true, nil
}

// cacheOf returns how responses of the exchange's method are cached, nil if this one is not.
func (g *Gateway) cacheOf(x *Exchange) *plan.Cache {
	if g.cache == nil || x.trial != nil {
		return nil
	}
	c := x.stage.Settings(x.method).Cache
	if c == nil || x.verb != http.MethodGet && !c.AllVerbs {
		return nil
	}
	return c
}

// wantsRefresh reports whether a client asks for a fresh response.
func wantsRefresh(headers header.List) bool {
	for _, h := range headers {
		if !header.EqualName(h.Name, "Cache-Control") {
			continue
		}
		for directive := range strings.SplitSeq(h.Value, ",") {
			if strings.EqualFold(strings.TrimSpace(directive), "max-age=0") {
				return true
			}
		}
	}
	return false
}

// mayRefresh reports whether the caller may refresh cached responses of the method: somebody of the API's account who signed, and whose
// policies or the API's allow execute-api:InvalidateCache.
//
// AWS: Cache settings for REST APIs in API Gateway (grants across accounts are not supported).
func (x *Exchange) mayRefresh() bool {
	if x.method.Authorization.Type != plan.IAM || x.caller.Principal.AccountID != x.stage.Plan.AccountID {
		return false
	}
	x.ask()
	x.inquiry.question.Action = policy.ActionInvalidateCache
	resource := policy.Decision{}
	if x.stage.Plan.Policy != nil {
		resource = x.judge(x.stage.Plan.Policy)
	}
	own, _ := x.judgeAll(x.caller.Policies)
	x.inquiry.question.Action = policy.ActionInvoke
	switch {
	case resource.Effect == policy.Deny || own.Effect == policy.Deny:
		return false
	case own.Effect == policy.Allow || x.caller.IsRoot():
		return true
	}
	return resource.Effect == policy.Allow && !resource.Delegated
}

// invalidationFault refuses to refresh a cached response.
//
// AWS: Cache settings for REST APIs in API Gateway (the permission); Observed: the wording of refusals and the masked account.
func (x *Exchange) invalidationFault() *fault {
	return deniedFault("User: "+x.who()+" is not authorized to perform: execute-api:InvalidateCache on resource: "+x.maskedARN(),
		"The caller is not allowed execute-api:InvalidateCache, and the stage refuses those who may not refresh a response")
}

// buildCacheKey returns the key of the exchange's response: deployment, namespace, verb and the values of the key's parameters.
// Each is preceded by its length, so that different requests never have the same key.
func (x *Exchange) buildCacheKey() (respcache.Key, *fault) {
	k := &x.method.Integration.CacheKey
	name := x.buf.line[:0]
	for _, part := range [...]string{x.stage.CacheName, x.stage.Plan.DeploymentID, k.Namespace, x.verb} {
		name = appendCounted(name, part)
	}
	for _, parameter := range k.Parameters {
		var err error
		x.texts, err = parameter.AppendValues(x.texts[:0], &x.scope, nil)
		if err != nil {
			return respcache.Key{}, faultInvalidJSON
		}
		name = binary.AppendUvarint(name, uint64(len(x.texts)))
		for _, text := range x.texts {
			name = appendCounted(name, text)
		}
	}
	x.buf.line = name
	return respcache.Key{Space: x.stage.CacheSpace, Name: string(name)}, nil
}

// appendCounted appends a text behind its length.
func appendCounted(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// keep puts the response into the cache of its stage, unless it is a failure of the back end or too long.
func (g *Gateway) keep(ctx context.Context, x *Exchange) {
	r := &x.Response
	if x.cache == nil || r.Status >= http.StatusInternalServerError || len(r.Body) > respcache.MaxResponseBytes {
		return
	}
	kept := &respcache.Response{Status: r.Status, Headers: slices.Clone(r.Headers), Body: bytes.Clone(r.Body)}
	for i, h := range kept.Headers {
		kept.Headers[i].Name, kept.Headers[i].Value = strings.Clone(h.Name), strings.Clone(h.Value)
	}
	g.cache.Put(ctx, x.cacheKey, kept, x.cache.TTL)
}

// Cached returns whether the response came from the stage's cache, or could have come from there.
func (x *Exchange) Cached() (hit, miss bool) {
	return x.cacheResult == cacheHit, x.cacheResult == cacheMiss
}
