package control

import (
	"fmt"
	"strings"
	"testing"
)

func TestStages(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	v["d1"], v["d2"] = s.deploy(v["api"], ""), s.deploy(v["api"], "")
	s.must(fmt.Sprintf(`POST /restapis/%s/stages {"stageName":"a","deploymentId":%q}`, v["api"], v["d1"]))
	s.must(fmt.Sprintf(`POST /restapis/%s/stages {"stageName":"b-1_X","deploymentId":%q,"description":"d","variables":{"v":"1 -._:/?&=,"},
		"tracingEnabled":true,"cacheClusterEnabled":false,"cacheClusterSize":"0.5","tags":{"t":""},
		"canarySettings":{"deploymentId":%q,"percentTraffic":12.5,"useStageCache":true,"stageVariableOverrides":{"w":"2"}}}`, v["api"], v["d2"], v["d1"]))
	plain := `{"stageName":"a","deploymentId":"{d1}",` + s.dates(v["api"], "a") + `,"cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","methodSettings":{},"tracingEnabled":false}`
	full := `{"stageName":"b-1_X","deploymentId":"{d2}",` + s.dates(v["api"], "b-1_X") + `,"cacheClusterEnabled":false,"cacheClusterStatus":"NOT_AVAILABLE","cacheClusterSize":"0.5",
		"methodSettings":{},"tracingEnabled":true,"description":"d","variables":{"v":"1 -._:/?&=,"},"tags":{"t":""},
		"canarySettings":{"deploymentId":"{d1}","percentTraffic":12.5,"useStageCache":true,"stageVariableOverrides":{"w":"2"}}}`
	s.run(v, []exchange{
		{`GET /restapis/{api}/stages/a`, "200 " + plain},
		{`GET /restapis/{api}/stages/b-1_X`, "200 " + full},
		{`GET /restapis/{api}/stages`, `200 {"item":[` + plain + `,` + full + `]}`},
		{`GET /restapis/{api}/stages?deploymentId={d2}`, `200 {"item":[` + full + `]}`},
		{`PATCH /restapis/{api}/stages/a {}`, "200 " + plain},
		{`GET /restapis/{api}/stages/gone`, "404 NotFoundException: Invalid stage identifier specified"},
		{`GET /restapis/gone/stages/a`, "404 NotFoundException: Invalid stage identifier specified"},
		{`GET /restapis/gone/stages`, "404 NotFoundException: Invalid API identifier specified 123456789012:gone"},
		{`PATCH /restapis/{api}/stages/gone {}`, "404 NotFoundException: Invalid stage identifier specified"},
		{`DELETE /restapis/{api}/stages/gone`, "404 NotFoundException: Invalid stage identifier specified"},
		{`DELETE /restapis/{api}/stages/a`, "202 null"},
		{`GET /restapis/{api}/deployments/{d1}`, "200 {..."},
	})
}

func TestCreateStageErrors(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	v["d"] = s.deploy(v["api"], `"stageName":"taken"`)
	create := func(members string) string {
		return `POST /restapis/{api}/stages {"deploymentId":"{d}",` + members + `}`
	}
	s.run(v, []exchange{
		{`POST /restapis/gone/stages {"deploymentId":"{d}","stageName":"s"}`, "404 NotFoundException: Invalid API identifier specified 123456789012:gone"},
		{`POST /restapis/{api}/stages {}`, "400 ValidationException: 2 validation errors detected: Value null at 'createStageInput.deploymentId' failed to satisfy constraint: Member must not be null; " +
			"Value null at 'createStageInput.stageName' failed to satisfy constraint: Member must not be null"},
		{create(`"stageName":"taken"`), "409 ConflictException: Stage already exists"},
		{create(`"stageName":"a/b"`), "400 BadRequestException: Stage name only allows a-zA-Z0-9_"},
		{create(`"stageName":""`), "400 BadRequestException: Stage name only allows a-zA-Z0-9_"},
		{`POST /restapis/{api}/stages {"stageName":"s","deploymentId":"gone"}`, "400 BadRequestException: Deployment id does not exist"},
		{create(`"stageName":"s","canarySettings":{"deploymentId":"gone"}`), "400 BadRequestException: Deployment id does not exist"},
		{create(`"stageName":"s","canarySettings":{}`), "400 BadRequestException: Deployment id does not exist"},
		{create(`"stageName":"s","canarySettings":{"deploymentId":"{d}","percentTraffic":101}`), "400 BadRequestException: Invalid canary percentTraffic specified, must be between 0.0 and 100.0"},
		{create(`"stageName":"s","variables":{"a-b":"1"}`), "400 BadRequestException: Invalid stage variable name: a-b. Please use names with only word characters."},
		{create(`"stageName":"s","variables":{"a":"{}"}`), "400 BadRequestException: Invalid stage variable value of key a.  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','."},
		{create(`"stageName":"s","cacheClusterSize":"1"`), "400 ValidationException: 1 validation error detected: Value '1' at 'createStageInput.cacheClusterSize' failed to satisfy constraint: " +
			"Member must satisfy enum value set: [0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237]"},
		{create(`"stageName":"s","documentationVersion":"1"`), "404 NotFoundException: Invalid Documentation version specified"},
		{create(`"stageName":"s","tags":{"aws:x":"1"}`), "400 BadRequestException: Invalid tag key specified: aws:x..."},
		{`GET /restapis/{api}/stages/s`, "404 NotFoundException: Invalid stage identifier specified"},
	})
}

// stageTest is a stage "s" with a canary's deployment at hand and short ways to patch and read it.
type stageTest struct {
	*testServer
	vars map[string]string
}

func newStageTest(t *testing.T) *stageTest {
	s := newTestServer(t)
	v := s.deployable()
	v["d1"], v["d2"] = s.deploy(v["api"], `"stageName":"s"`), s.deploy(v["api"], "")
	return &stageTest{s, v}
}

// patch sends operations, each as "op path value" or, for copy, "copy path from".
func (s *stageTest) patch(want string, operations ...string) {
	s.t.Helper()
	var ops []string
	for _, line := range operations {
		f := append(strings.SplitN(line, " ", 3), "")
		member := "value"
		if f[0] == "copy" {
			member = "from"
		}
		ops = append(ops, fmt.Sprintf(`{"op":%q,"path":%q,%q:%q}`, f[0], f[1], member, f[2]))
	}
	s.run(s.vars, []exchange{{`PATCH /restapis/{api}/stages/s {"patchOperations":[` + strings.Join(ops, ",") + `]}`, want}})
}

// expect compares the stage's members besides the ones that every stage has.
func (s *stageTest) expect(members string) {
	s.t.Helper()
	if members != "" {
		members = "," + members
	}
	base := `"stageName":"s","cacheClusterStatus":"NOT_AVAILABLE","cacheClusterEnabled":false,` + s.dates(s.vars["api"], "s")
	s.run(s.vars, []exchange{{`GET /restapis/{api}/stages/s`, `200 {` + base + members + `}`}})
}

func TestUpdateStage(t *testing.T) {
	s := newStageTest(t)
	const ok = "200 {..."
	s.patch(ok, "replace /deploymentId {d2}", "replace /description x", "replace /tracingEnabled true", "add /variables/a 1", "replace /variables/b 2", "add /variables/c 3", "remove /variables/c",
		"add /accessLogSettings/destinationArn arn:aws:logs:eu-west-1:123456789012:log-group:g", "replace /accessLogSettings/format $context.requestId", "replace /cacheClusterSize 237")
	s.expect(`"deploymentId":"{d2}","description":"x","tracingEnabled":true,"variables":{"a":"1","b":"2"},"methodSettings":{},"cacheClusterSize":"237",
		"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-1:123456789012:log-group:g","format":"$context.requestId"}`)
	s.patch(ok, "replace /description", "replace /tracingEnabled false", "remove /variables/a", "remove /variables/b", "remove /accessLogSettings")
	s.expect(`"deploymentId":"{d2}","tracingEnabled":false,"methodSettings":{},"cacheClusterSize":"237"`)
	if a := s.do("PATCH /restapis/" + s.vars["api"] + `/stages/s {"patchOperations":[{"op":"replace","path":"/cacheClusterEnabled","value":"true"}]}`); a.body["cacheClusterStatus"] != "AVAILABLE" {
		t.Errorf("cache cluster: got %s", a)
	}
}

func TestStageCanary(t *testing.T) {
	s := newStageTest(t)
	const ok = "200 {..."
	s.patch("400 BadRequestException: Promotion not available. Canary does not exist.", "copy /deploymentId /canarySettings/deploymentId")
	s.patch("400 BadRequestException: Promotion not available. Canary does not exist.", "copy /variables /canarySettings/stageVariableOverrides")
	s.patch("400 BadRequestException: Deployment id does not exist", "replace /canarySettings/deploymentId gone")
	s.patch(ok, "replace /canarySettings/deploymentId {d2}")
	s.expect(`"deploymentId":"{d1}","tracingEnabled":false,"methodSettings":{},"canarySettings":{"deploymentId":"{d2}","percentTraffic":0.0,"useStageCache":false}`)
	s.patch(ok, "replace /canarySettings/percentTraffic 5.5", "replace /canarySettings/useStageCache true", "replace /canarySettings/stageVariableOverrides/a 1",
		"replace /canarySettings/stageVariableOverrides/b 2", "remove /canarySettings/stageVariableOverrides/b", "add /variables/a 0", "add /variables/z 9")
	s.expect(`"deploymentId":"{d1}","tracingEnabled":false,"methodSettings":{},"variables":{"a":"0","z":"9"},
		"canarySettings":{"deploymentId":"{d2}","percentTraffic":5.5,"useStageCache":true,"stageVariableOverrides":{"a":"1"}}`)
	s.patch(ok, "copy /variables /canarySettings/stageVariableOverrides", "copy /deploymentId /canarySettings/deploymentId")
	s.expect(`"deploymentId":"{d2}","tracingEnabled":false,"methodSettings":{},"variables":{"a":"1","z":"9"},
		"canarySettings":{"deploymentId":"{d2}","percentTraffic":5.5,"useStageCache":true,"stageVariableOverrides":{"a":"1"}}`)
	s.patch(ok, "remove /canarySettings", "remove /variables/a", "remove /variables/z")
	s.expect(`"deploymentId":"{d2}","tracingEnabled":false,"methodSettings":{}`)
	// The operations of one request see each other.
	s.patch(ok, "replace /canarySettings/percentTraffic 1", "copy /deploymentId /canarySettings/deploymentId")
	s.expect(`"deploymentId":"{d2}","tracingEnabled":false,"methodSettings":{},"canarySettings":{"deploymentId":"{d2}","percentTraffic":1.0,"useStageCache":false}`)
}

func TestStageMethodSettings(t *testing.T) {
	s := newStageTest(t)
	const ok = "200 {..."
	setting := func(changes string) string {
		base := map[string]string{
			"metricsEnabled": "false", "dataTraceEnabled": "false", "throttlingBurstLimit": "5000", "throttlingRateLimit": "10000.0", "cachingEnabled": "false",
			"cacheTtlInSeconds": "300", "cacheDataEncrypted": "false", "requireAuthorizationForCacheControl": "true",
			"unauthorizedCacheControlHeaderStrategy": `"SUCCEED_WITH_RESPONSE_HEADER"`,
		}
		for change := range strings.SplitSeq(changes, " ") {
			if name, value, ok := strings.Cut(change, "="); ok {
				base[name] = value
			}
		}
		var members []string
		for name, value := range base {
			members = append(members, fmt.Sprintf("%q:%s", name, value))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	expect := func(settings string) {
		t.Helper()
		s.expect(`"deploymentId":"{d1}","tracingEnabled":false,"methodSettings":{` + settings + `}`)
	}
	s.patch(ok, "replace /*/*/metrics/enabled true")
	expect(`"*/*":` + setting("metricsEnabled=true"))
	s.patch(ok, "replace /a/b/GET/throttling/burstLimit 7", "replace /~1/GET/throttling/rateLimit 2.5")
	expect(`"*/*":` + setting("metricsEnabled=true") + `,"a/b/GET":` + setting("metricsEnabled=true throttlingBurstLimit=7") + `,"//GET":` + setting("metricsEnabled=true throttlingRateLimit=2.5"))
	s.patch(ok, "replace /*/*/metrics/enabled false", "replace /~1a~1b/GET/metrics/enabled true", "remove /~1/GET", "replace /a~1b/GET/caching/ttlInSeconds 0", "replace /a~1b/GET/caching/enabled true",
		"replace /a~1b/GET/caching/dataEncrypted true", "replace /a~1b/GET/caching/requireAuthorizationForCacheControl false",
		"replace /a~1b/GET/caching/unauthorizedCacheControlHeaderStrategy FAIL_WITH_403", "replace /a~1b/GET/logging/dataTrace true", "replace /a~1b/GET/logging/loglevel OFF")
	expect(`"*/*":` + setting("") + `,"a/b/GET":` + setting(`metricsEnabled=true throttlingBurstLimit=7 cacheTtlInSeconds=0 cachingEnabled=true cacheDataEncrypted=true `+
		`requireAuthorizationForCacheControl=false unauthorizedCacheControlHeaderStrategy="FAIL_WITH_403" dataTraceEnabled=true loggingLevel="OFF"`))
	s.patch("400 BadRequestException: CloudWatch Logs role ARN must be set in account settings to enable logging", "replace /*/*/logging/loglevel INFO")
	s.must(`PATCH /account {"patchOperations":[{"op":"replace","path":"/cloudwatchRoleArn","value":"arn:aws:iam::123456789012:role/logs"}]}`)
	s.patch(ok, "replace /*/*/logging/loglevel INFO", "remove /a~1b/GET")
	expect(`"*/*":` + setting(`loggingLevel="INFO"`))
}

func TestUpdateStageErrors(t *testing.T) {
	s := newStageTest(t)
	const (
		settings = ". Must be one of: [/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, /clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, " +
			"/accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, /{resourcePath}/{httpMethod}/logging/dataTrace, /{resourcePath}/{httpMethod}/logging/loglevel, " +
			"/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
			"/{resourcePath}/{httpMethod}/caching/enabled, /{resourcePath}/{httpMethod}/caching/dataEncrypted, /{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
			"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, /*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, /*/*/throttling/burstLimit " +
			"/*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled, /*/*/caching/dataEncrypted, /*/*/caching/requireAuthorizationForCacheControl, " +
			"/*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, /tracingEnabled]"
		accessLog = "400 BadRequestException: Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]"
		copies    = ". Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]"
	)
	for _, operation := range []string{
		"replace /wrong x", "replace /tags/a x", "add /description x", "replace /canarySettings x", "replace /canarySettings/wrong x", "add /canarySettings/deploymentId {d2}",
		"replace /a/GET/wrong x", "replace /a/get/metrics/enabled true", "remove /a/get", "remove /accessLogSettings/format", "move /description x", "test /description x",
	} {
		path := strings.Fields(operation)[1]
		s.patch("400 BadRequestException: Invalid method setting path: "+path+settings, operation)
	}
	s.patch(accessLog, "add /accessLogSettings x")
	s.patch(accessLog, "replace /accessLogSettings x")
	s.patch(accessLog, "replace /accessLogSettings/wrong x")
	s.patch("400 BadRequestException: Invalid copy operation with path: /description and from /canarySettings/deploymentId"+copies, "copy /description /canarySettings/deploymentId")
	s.patch("400 BadRequestException: Invalid copy operation with path: /deploymentId and from /canarySettings/stageVariableOverrides"+copies, "copy /deploymentId /canarySettings/stageVariableOverrides")
	s.patch("400 BadRequestException: Invalid copy operation with path: /variables and from /canarySettings/deploymentId"+copies, "copy /variables /canarySettings/deploymentId")
	tests := []struct{ operation, want string }{
		{"replace /deploymentId gone", "400 BadRequestException: Deployment id does not exist"},
		{"replace /deploymentId", "400 BadRequestException: Deployment id does not exist"},
		{"add /variables/a-b 1", "400 BadRequestException: Invalid stage variable name: a-b. Please use names with only word characters."},
		{"add /variables/a #", "400 BadRequestException: Invalid stage variable value of key a...."},
		{"replace /canarySettings/stageVariableOverrides/a-b 1", "400 BadRequestException: Invalid stage variable name: a-b. Please use names with only word characters."},
		{"replace /canarySettings/percentTraffic much", "400 BadRequestException: Invalid value 'much' specified for patch path /canarySettings/percentTraffic"},
		{"replace /canarySettings/percentTraffic NaN", "400 BadRequestException: Invalid value 'NaN' specified for patch path /canarySettings/percentTraffic"},
		{"replace /*/*/caching/ttlInSeconds 3601", "400 BadRequestException: Invalid time-to-live setting, must be an integer no greater than 3600"},
		{"replace /*/*/caching/ttlInSeconds x", "400 BadRequestException: Invalid time-to-live setting, must be an integer no greater than 3600"},
		{"replace /*/*/logging/loglevel LOUD", "400 BadRequestException: Invalid logging level specified. Valid options are OFF,ERROR,INFO"},
		{"replace /*/*/metrics/enabled maybe", "400 BadRequestException: Invalid value 'maybe' specified for patch path /*/*/metrics/enabled"},
		{"replace /accessLogSettings/destinationArn arn:aws:s3:::b", "400 BadRequestException: The ARN must be a valid CloudWatch Logs log group or Kinesis Data Firehose delivery stream"},
		{"replace /accessLogSettings/destinationArn arn:aws:firehose:eu-west-1:123456789012:deliverystream/x", "400 BadRequestException: Kinesis Firehose delivery stream name must begin with the characters 'amazon-apigateway-'"},
		{"replace /accessLogSettings/format $context.stage", "400 BadRequestException: Access Log format must include either $context.requestId or $context.extendedRequestId"},
		{"remove /a/GET", "400 BadRequestException: Cannot remove method setting a/GET because there is no method setting for this method"},
		{"replace /cacheClusterSize 1", "400 BadRequestException: Invalid CacheClusterSize specified. Valid options are 0.5,1.6,6.1,13.5,28.4,58.2,118,237"},
		{"replace /documentationVersion 1", "404 NotFoundException: Invalid Documentation version specified"},
		{"replace /clientCertificateId abc", "404 NotFoundException: Invalid client certificate identifier specified"},
	}
	for _, tt := range tests {
		s.patch(tt.want, tt.operation)
	}
	s.expect(`"deploymentId":"{d1}","tracingEnabled":false,"methodSettings":{}`)
}
