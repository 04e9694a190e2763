package control

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/apigw"
)

// The limits of stages.
//
// AWS: "Amazon API Gateway quotas and important notes".
const (
	maximumStageName     = 128 // characters
	maximumVariableName  = 64  // characters
	maximumVariableValue = 512 // characters
	maximumCacheTTL      = 3600
)

var (
	stageName     = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	variableName  = regexp.MustCompile(`^\w+$`)
	variableValue = regexp.MustCompile(`^[A-Za-z0-9 \-._:/?&=,]*$`)
	logGroupARN   = regexp.MustCompile(`^arn:[a-z0-9-]+:logs:[a-z0-9-]+:\d{12}:log-group:[^:]+(?::\*)?$`)
	deliveryARN   = regexp.MustCompile(`^arn:[a-z0-9-]+:firehose:[a-z0-9-]+:\d{12}:deliverystream/(.+)$`)
)

// deliveryStreamPrefix begins the names of delivery streams that access logs may go to.
const deliveryStreamPrefix = "amazon-apigateway-"

// errUnknownDeployment answers a stage or canary of a deployment that does not exist.
var errUnknownDeployment = apigw.BadRequest("Deployment id does not exist")

// checkStageName says whether a stage may have a name.
func checkStageName(name string) error {
	if !stageName.MatchString(name) || utf8.RuneCountInString(name) > maximumStageName {
		return apigw.BadRequest("Stage name only allows a-zA-Z0-9_")
	}
	return nil
}

// completeStage puts in the defaults of what a stage does not say. Empty texts and maps count as not
// given.
func completeStage(s *apigw.Stage) {
	for _, text := range []**string{&s.ClientCertificateId, &s.Description, &s.DocumentationVersion} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	for _, m := range []*map[string]string{&s.Variables, &s.Tags} {
		if len(*m) == 0 {
			*m = nil
		}
	}
	if s.CacheClusterEnabled == nil {
		s.CacheClusterEnabled = new(false)
	}
	s.CacheClusterStatus = new(apigw.CacheClusterStatusNotAvailable)
	if *s.CacheClusterEnabled {
		s.CacheClusterStatus = new(apigw.CacheClusterStatusAvailable)
		if s.CacheClusterSize == nil {
			s.CacheClusterSize = new(apigw.CacheClusterSize0Point5)
		}
	}
	if s.TracingEnabled == nil {
		s.TracingEnabled = new(false)
	}
	if s.MethodSettings == nil {
		s.MethodSettings = map[string]apigw.MethodSetting{}
	}
	if c := s.CanarySettings; c != nil {
		completeCanary(c)
	}
}

func completeCanary(c *apigw.CanarySettings) {
	if c.PercentTraffic == nil {
		c.PercentTraffic = new(0.0)
	}
	if c.UseStageCache == nil {
		c.UseStageCache = new(false)
	}
	if len(c.StageVariableOverrides) == 0 {
		c.StageVariableOverrides = nil
	}
}

// canaryOf returns the canary of a stage, made on the stage's own deployment where there is none.
func canaryOf(s *apigw.Stage) *apigw.CanarySettings {
	if s.CanarySettings == nil {
		s.CanarySettings = &apigw.CanarySettings{DeploymentId: s.DeploymentId}
		completeCanary(s.CanarySettings)
	}
	return s.CanarySettings
}

// checkStage says whether a stage with its defaults is lawful.
func (a *api) checkStage(s *apigw.Stage) error {
	for _, check := range []func(*apigw.Stage) error{
		a.checkDeployments, a.checkStageReferences, a.checkVariables, checkCanary, a.checkAccessLog, a.checkMethodSettings,
	} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func (a *api) checkDeployments(s *apigw.Stage) error {
	ids := []string{apigw.Value(s.DeploymentId)}
	if s.CanarySettings != nil {
		ids = append(ids, apigw.Value(s.CanarySettings.DeploymentId))
	}
	for _, id := range ids {
		if ok, err := a.exists(a.keys.Deployment(id)); err != nil {
			return err
		} else if !ok {
			return errUnknownDeployment
		}
	}
	return nil
}

// checkStageReferences says whether what a stage names exists.
func (a *api) checkStageReferences(s *apigw.Stage) error {
	if s.ClientCertificateId != nil {
		if _, err := a.clientCertificate(*s.ClientCertificateId); err != nil {
			return err
		}
	}
	if s.DocumentationVersion == nil {
		return nil
	}
	ok, err := a.exists(a.keys.DocumentationVersion(*s.DocumentationVersion))
	if err == nil && !ok {
		return apigw.NotFound("Invalid Documentation version specified")
	}
	return err
}

func (t *tx) checkVariables(s *apigw.Stage) error {
	sets := []map[string]string{s.Variables}
	if s.CanarySettings != nil {
		sets = append(sets, s.CanarySettings.StageVariableOverrides)
	}
	for _, variables := range sets {
		if exceeds(len(variables), t.limits.VariablesPerStage) {
			return apigw.LimitExceeded(fmt.Sprintf("Maximum number of stage variables (%d) for this stage has been reached.", t.limits.VariablesPerStage))
		}
		for _, name := range slices.Sorted(maps.Keys(variables)) {
			if err := checkVariable(name, variables[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkVariable says whether a stage variable is lawful.
//
// Observed: the blanks and quotes of the message about values.
func checkVariable(name, value string) error {
	switch {
	case !variableName.MatchString(name) || utf8.RuneCountInString(name) > maximumVariableName:
		return apigw.BadRequest("Invalid stage variable name: " + name + ". Please use names with only word characters.")
	case !variableValue.MatchString(value) || utf8.RuneCountInString(value) > maximumVariableValue:
		return apigw.BadRequest("Invalid stage variable value of key " + name +
			".  Please use values with alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.")
	}
	return nil
}

func checkCanary(s *apigw.Stage) error {
	if s.CanarySettings == nil {
		return nil
	}
	if p := *s.CanarySettings.PercentTraffic; p < 0 || p > 100 {
		return apigw.BadRequest("Invalid canary percentTraffic specified, must be between 0.0 and 100.0")
	}
	return nil
}

func (t *tx) checkAccessLog(s *apigw.Stage) error {
	if s.AccessLogSettings == nil {
		return nil
	}
	if destination := s.AccessLogSettings.DestinationArn; destination != nil && !logGroupARN.MatchString(*destination) {
		stream := deliveryARN.FindStringSubmatch(*destination)
		if stream == nil {
			return apigw.BadRequest("The ARN must be a valid CloudWatch Logs log group or Kinesis Data Firehose delivery stream")
		}
		if !strings.HasPrefix(stream[1], deliveryStreamPrefix) {
			return apigw.BadRequest("Kinesis Firehose delivery stream name must begin with the characters '" + deliveryStreamPrefix + "'")
		}
	}
	format := s.AccessLogSettings.Format
	if format == nil {
		return nil
	}
	if exceeds(len(*format), t.limits.AccessLogFormatBytes) {
		return apigw.LimitExceeded(fmt.Sprintf("Access Log format exceeds the maximum size of %d bytes", t.limits.AccessLogFormatBytes))
	}
	if !strings.Contains(*format, "$context.requestId") && !strings.Contains(*format, "$context.extendedRequestId") {
		return apigw.BadRequest("Access Log format must include either $context.requestId or $context.extendedRequestId")
	}
	return nil
}

// checkMethodSettings says whether the settings of methods are lawful.
func (a *api) checkMethodSettings(s *apigw.Stage) error {
	logging := false
	for _, key := range slices.Sorted(maps.Keys(s.MethodSettings)) {
		setting := s.MethodSettings[key]
		if ttl := apigw.Value(setting.CacheTtlInSeconds); ttl < 0 || ttl > maximumCacheTTL {
			return apigw.BadRequest(fmt.Sprintf("Invalid time-to-live setting, must be an integer no greater than %d", maximumCacheTTL))
		}
		level := apigw.Value(setting.LoggingLevel)
		logging = logging || level != "" && level != loggingOff
	}
	if !logging {
		return nil
	}
	settings, err := a.account()
	if err != nil {
		return err
	}
	if settings.CloudwatchRoleArn == nil {
		return apigw.BadRequest("CloudWatch Logs role ARN must be set in account settings to enable logging")
	}
	return nil
}
