package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/limit"
	"github.com/sluice-gateway/sluice/internal/mapping"
)

// LoggingLevel is how much of each request goes to the execution log of its stage.
//
// AWS: Set up CloudWatch logging for REST APIs in API Gateway.
type LoggingLevel uint8

// The logging levels.
const (
	LogNothing LoggingLevel = iota
	LogErrors               // why requests failed
	LogSteps                // what became of each request
)

// MethodSettings are the settings that a stage has for one method.
type MethodSettings struct {
	Logging   LoggingLevel
	DataTrace bool   // the execution log shows headers and bodies
	Metrics   bool   // the method has metrics of its own, besides those of the stage
	Cache     *Cache // nil: responses are not cached

	// Throttle is that of all clients together; nil where only the account's holds.
	Throttle *limit.Bucket
}

// AccessLog is where a line for each request goes, and what is in it.
type AccessLog struct {
	Group  string // name of the log group or delivery stream
	Format *mapping.AccessLog
}

// Settings returns the settings of a method of the stage's plan.
func (s *Stage) Settings(m *Method) *MethodSettings { return &s.settings[m.Index] }

// methodSettings compiles the settings of the methods of a plan: of the entries of a stage that fit a method
// the most specific one holds, whole. They are, in this order, {path}/{verb}, {path}/*, */{verb} and */*.
//
// AWS: Setting up stage-level settings (method overrides). Differs: the service has entries for one method
// and for all, nothing in between.
func (b *binder) methodSettings(p *Plan, stage *apigw.Stage) []MethodSettings {
	compiled := make([]MethodSettings, len(p.Methods))
	used := make(map[string]bool, len(stage.MethodSettings))
	for i, m := range p.Methods {
		compiled[i].Cache = compileCache(m, stage, nil, "")
		for _, key := range settingKeys(m) {
			setting, ok := stage.MethodSettings[key]
			if !ok {
				continue
			}
			used[key] = true
			compiled[i] = compileSettings(&setting)
			compiled[i].Cache = compileCache(m, stage, &setting, key)
			compiled[i].Throttle = compileThrottle(p, m, stage, &setting)
			break
		}
	}
	for _, key := range slices.Sorted(maps.Keys(stage.MethodSettings)) {
		setting := stage.MethodSettings[key]
		field := "methodSettings[" + key + "]"
		if value(setting.CachingEnabled) && !value(stage.CacheClusterEnabled) {
			b.warn(field+".cachingEnabled", "the stage has no cache cluster: responses are not cached")
		}
		if !used[key] && !strings.Contains(key, "*") {
			b.warn(field, "the deployment has no such method: the settings have no effect")
		}
	}
	return compiled
}

// settingKeys returns the keys of entries that fit a method, the most specific one first. Paths stand
// there without their first slash, except for that of the root.
func settingKeys(m *Method) [4]string {
	path := m.ResourcePath
	if path != "/" {
		path = strings.TrimPrefix(path, "/")
	}
	return [4]string{path + "/" + m.Verb, path + "/*", "*/" + m.Verb, "*/*"}
}

// compileSettings compiles one entry.
func compileSettings(s *apigw.MethodSetting) MethodSettings {
	compiled := MethodSettings{DataTrace: value(s.DataTraceEnabled), Metrics: value(s.MetricsEnabled)}
	switch value(s.LoggingLevel) {
	case "ERROR":
		compiled.Logging = LogErrors
	case "INFO":
		compiled.Logging = LogSteps
	}
	return compiled
}

// compileThrottle compiles the throttle of a method; nil where neither rate nor burst is set, -1 among it. Of one that is not
// set, the service's limit for accounts holds. Settings for several methods throttle each of them.
//
// AWS: Throttle requests to your REST APIs for better throughput in API Gateway (limits per stage are applied to methods);
// MethodSetting.
func compileThrottle(p *Plan, m *Method, stage *apigw.Stage, s *apigw.MethodSetting) *limit.Bucket {
	hasRate := s.ThrottlingRateLimit != nil && *s.ThrottlingRateLimit >= 0
	hasBurst := s.ThrottlingBurstLimit != nil && *s.ThrottlingBurstLimit >= 0
	if !hasRate && !hasBurst {
		return nil
	}
	t := limit.Account()
	if hasRate {
		t.RatePerSecond = *s.ThrottlingRateLimit
	}
	if hasBurst {
		t.Burst = int(*s.ThrottlingBurstLimit)
	}
	return &limit.Bucket{Owner: CacheSpace(p.AccountID, p.Region, p.APIID, value(stage.StageName)), Part: m.Verb + " " + m.ResourcePath, Throttle: t}
}

// accessLog compiles where the stage's access log goes and what is in it; without either there is none.
func (b *binder) accessLog(s *apigw.AccessLogSettings) *AccessLog {
	if s == nil {
		return nil
	}
	group := LogGroup(value(s.DestinationArn))
	if group == "" || value(s.Format) == "" {
		b.warn("accessLogSettings", "a destination and a format are both needed: nothing is logged")
		return nil
	}
	format, unknown := mapping.CompileAccessLog(value(s.Format))
	for _, name := range unknown {
		b.warn("accessLogSettings.format", "$context."+name+" is no variable of access logs: it is logged as -")
	}
	return &AccessLog{Group: group, Format: format}
}

// LogGroup returns the name of the log group or delivery stream that an ARN ends in, "" if it names none.
func LogGroup(arn string) string {
	if _, group, ok := strings.Cut(arn, ":log-group:"); ok {
		return strings.TrimSuffix(group, ":*")
	}
	_, stream, _ := strings.Cut(arn, ":deliverystream/")
	return stream
}
