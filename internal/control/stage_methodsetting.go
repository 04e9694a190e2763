package control

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// The settings of methods are kept under {resource path}/{verb}, the path without its first slash unless
// it is only that. */* stands for all methods. In the path of a patch operation the slashes of the resource
// path may be escaped or not.

// allMethods is the key of the settings of all methods.
const allMethods = "*/*"

// The logging levels.
const (
	loggingOff   = "OFF"
	loggingError = "ERROR"
	loggingInfo  = "INFO"
)

// defaultMethodSetting returns the settings of a method for which nothing was set.
func defaultMethodSetting() apigw.MethodSetting {
	return apigw.MethodSetting{
		CacheDataEncrypted:                     new(false),
		CacheTtlInSeconds:                      new(int32(300)),
		CachingEnabled:                         new(false),
		DataTraceEnabled:                       new(false),
		MetricsEnabled:                         new(false),
		RequireAuthorizationForCacheControl:    new(true),
		ThrottlingBurstLimit:                   new(int32(5000)),
		ThrottlingRateLimit:                    new(10000.0),
		UnauthorizedCacheControlHeaderStrategy: new(apigw.UnauthorizedCacheControlHeaderStrategySucceedWithResponseHeader),
	}
}

// methodSettingRows are the rows of the settings of methods.
func methodSettingRows() []patch.Row[apigw.Stage] {
	return []patch.Row[apigw.Stage]{
		settingRow("metrics/enabled", "true or false", func(m *apigw.MethodSetting) **bool { return &m.MetricsEnabled }, patch.ParseFlag),
		settingRow("logging/dataTrace", "true or false", func(m *apigw.MethodSetting) **bool { return &m.DataTraceEnabled }, patch.ParseFlag),
		settingRow("logging/loglevel", "OFF, ERROR or INFO", func(m *apigw.MethodSetting) **string { return &m.LoggingLevel }, parseLoggingLevel),
		settingRow("throttling/burstLimit", "decimal integer", func(m *apigw.MethodSetting) **int32 { return &m.ThrottlingBurstLimit }, parseInteger),
		settingRow("throttling/rateLimit", "decimal number", func(m *apigw.MethodSetting) **float64 { return &m.ThrottlingRateLimit }, parseDouble),
		settingRow("caching/ttlInSeconds", "seconds, at most 3600", func(m *apigw.MethodSetting) **int32 { return &m.CacheTtlInSeconds }, parseTTL),
		settingRow("caching/enabled", "true or false", func(m *apigw.MethodSetting) **bool { return &m.CachingEnabled }, patch.ParseFlag),
		settingRow("caching/dataEncrypted", "true or false", func(m *apigw.MethodSetting) **bool { return &m.CacheDataEncrypted }, patch.ParseFlag),
		settingRow("caching/requireAuthorizationForCacheControl", "true or false",
			func(m *apigw.MethodSetting) **bool { return &m.RequireAuthorizationForCacheControl }, patch.ParseFlag),
		settingRow("caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403, SUCCEED_WITH_RESPONSE_HEADER or SUCCEED_WITHOUT_RESPONSE_HEADER",
			func(m *apigw.MethodSetting) **apigw.UnauthorizedCacheControlHeaderStrategy {
				return &m.UnauthorizedCacheControlHeaderStrategy
			}, parseStrategy),
		{
			Path: "/{path+}/{verb}", Ops: patch.Remove, Value: "none",
			Apply: func(s *apigw.Stage, c patch.Change) error {
				key, err := settingKey(c)
				if err != nil {
					return err
				}
				if _, ok := s.MethodSettings[key]; !ok {
					return apigw.BadRequest("Cannot remove method setting " + key + " because there is no method setting for this method")
				}
				delete(s.MethodSettings, key)
				return nil
			},
		},
	}
}

// settingRow is the row of one setting of a method.
func settingRow[V any](path, value string, member func(*apigw.MethodSetting) **V, parse func(patch.Change) (V, error)) patch.Row[apigw.Stage] {
	return patch.Row[apigw.Stage]{
		Path: "/{path+}/{verb}/" + path, Ops: patch.Replace, Value: value,
		Apply: func(s *apigw.Stage, c patch.Change) error {
			key, err := settingKey(c)
			if err != nil {
				return err
			}
			v, err := parse(c)
			if err != nil {
				return err
			}
			setting := methodSetting(s, key)
			*member(&setting) = &v
			s.MethodSettings[key] = setting
			return nil
		},
	}
}

// methodSetting returns the settings under a key, where there are none those of all methods, else the defaults.
//
// Observed: a new entry starts from what holds for all methods and does not follow it later.
func methodSetting(s *apigw.Stage, key string) apigw.MethodSetting {
	for _, k := range []string{key, allMethods} {
		if setting, ok := s.MethodSettings[k]; ok {
			return setting
		}
	}
	return defaultMethodSetting()
}

// settingKey returns the key of the settings that a path names.
func settingKey(c patch.Change) (string, error) {
	path, verb := c.Var(0), c.Var(1)
	if verb != "*" && !slices.Contains(verbs, verb) {
		return "", methodSettingRefusal(c.Path)
	}
	if path != "/" {
		path = strings.TrimPrefix(path, "/")
	}
	return path + "/" + verb, nil
}

func parseLoggingLevel(c patch.Change) (string, error) {
	levels := []string{loggingOff, loggingError, loggingInfo}
	if !slices.Contains(levels, c.Text()) {
		return "", apigw.BadRequest("Invalid logging level specified. Valid options are " + strings.Join(levels, ","))
	}
	return c.Text(), nil
}

func parseInteger(c patch.Change) (int32, error) {
	n, err := strconv.ParseInt(c.Text(), 10, 32)
	if err != nil {
		return 0, patch.InvalidValue(c)
	}
	return int32(n), nil
}

func parseTTL(c patch.Change) (int32, error) {
	n, err := parseInteger(c)
	if err != nil {
		return 0, apigw.BadRequest(fmt.Sprintf("Invalid time-to-live setting, must be an integer no greater than %d", maximumCacheTTL))
	}
	return n, nil
}

func parseStrategy(c patch.Change) (apigw.UnauthorizedCacheControlHeaderStrategy, error) {
	strategies := []apigw.UnauthorizedCacheControlHeaderStrategy{
		apigw.UnauthorizedCacheControlHeaderStrategyFailWith403,
		apigw.UnauthorizedCacheControlHeaderStrategySucceedWithResponseHeader,
		apigw.UnauthorizedCacheControlHeaderStrategySucceedWithoutResponseHeader,
	}
	strategy := apigw.UnauthorizedCacheControlHeaderStrategy(c.Text())
	if !slices.Contains(strategies, strategy) {
		return "", apigw.BadRequest("Invalid unauthorized cache control header strategy specified: " + c.Text())
	}
	return strategy, nil
}
