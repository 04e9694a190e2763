package control

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// quotaOffsets are the greatest offsets of quotas by their period.
//
// Observed: the refusals of greater ones.
var quotaOffsets = map[apigw.QuotaPeriodType]int32{
	apigw.QuotaPeriodTypeDay: 0, apigw.QuotaPeriodTypeWeek: 6, apigw.QuotaPeriodTypeMonth: 27,
}

// checkUsagePlan says whether a usage plan is lawful.
func (t *tx) checkUsagePlan(plan *apigw.UsagePlan) error {
	if apigw.Value(plan.Name) == "" {
		return apigw.BadRequest("Usage Plan name cannot be empty")
	}
	if err := checkThrottle(plan.Throttle); err != nil {
		return err
	}
	if err := checkQuota(plan.Quota); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range plan.ApiStages {
		stage := &plan.ApiStages[i]
		name := apigw.Value(stage.ApiId) + ":" + apigw.Value(stage.Stage)
		if err := t.checkAPIStage(stage, name); err != nil {
			return err
		}
		if seen[name] {
			return apigw.Conflict("API Stage " + name + " is associated with the Usage Plan more than once")
		}
		seen[name] = true
	}
	return nil
}

// checkAPIStage says whether an API stage of a usage plan exists and its throttles are lawful.
func (t *tx) checkAPIStage(s *apigw.ApiStage, name string) error {
	found := false
	if apigw.Value(s.ApiId) != "" && apigw.Value(s.Stage) != "" {
		var err error
		if found, err = t.exists(t.place(*s.ApiId).keys.Stage(*s.Stage)); err != nil {
			return err
		}
	}
	if !found {
		return apigw.NotFound("API Stage not found: " + name)
	}
	if exceeds(len(s.Throttle), t.limits.MethodThrottlesPerStage) {
		return apigw.LimitExceeded(fmt.Sprintf("Maximum number of method throttles (%d) for API Stage %s has been reached.", t.limits.MethodThrottlesPerStage, name))
	}
	for _, method := range slices.Sorted(maps.Keys(s.Throttle)) {
		if err := checkMethodOfThrottle(method); err != nil {
			return err
		}
		if err := checkThrottle(new(s.Throttle[method])); err != nil {
			return err
		}
	}
	if len(s.Throttle) == 0 {
		s.Throttle = nil
	}
	return nil
}

// checkMethodOfThrottle says whether a text names a method as throttles of API stages do: /pets/GET, //GET.
//
// Observed: the refusal of a path without verb.
func checkMethodOfThrottle(method string) error {
	at := strings.LastIndexByte(method, '/')
	if at < 0 {
		return errThrottledMethod(method, "")
	}
	path, verb := method[:at], method[at+1:]
	switch {
	case !slices.Contains(verbs, verb):
		return errThrottledMethod(method, "")
	case path == "", path[0] != '/', path != "/" && strings.HasSuffix(path, "/"):
		return errThrottledMethod(path, verb)
	}
	return nil
}

func errThrottledMethod(path, verb string) error {
	return apigw.BadRequest("Invalid method {resourcePath: " + path + ",method: " + verb + "} specified")
}

// checkThrottle says whether a rate and a burst are lawful. Either may be greater than the other.
func checkThrottle(s *apigw.ThrottleSettings) error {
	switch {
	case s == nil:
	case apigw.Value(s.RateLimit) < 0:
		return apigw.BadRequest("Usage Plan throttle rate limit must be a non-negative numeric")
	case apigw.Value(s.BurstLimit) < 0:
		return apigw.BadRequest("Usage Plan throttle burst limit must be a non-negative numeric")
	}
	return nil
}

// checkQuota says whether a quota is lawful.
//
// Observed: all three texts.
func checkQuota(q *apigw.QuotaSettings) error {
	if q == nil {
		return nil
	}
	greatest, known := quotaOffsets[apigw.Value(q.Period)]
	switch offset := apigw.Value(q.Offset); {
	case !known:
		return apigw.BadRequest("Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]")
	case apigw.Value(q.Limit) < 1:
		return apigw.BadRequest("Usage Plan quota limit must be a non-negative numeric")
	case offset < 0 || offset > greatest:
		return apigw.BadRequest(fmt.Sprintf("Usage Plan quota offset must be between 0 and %d inclusive in the %s period", greatest, *q.Period))
	}
	return nil
}

// checkNewAPIStages says whether a usage plan may have the API stages that it did not have before: each of its
// API keys may be in one plan only for each API stage.
//
// AWS: "Create and use usage plans with API keys".
func (t *tx) checkNewAPIStages(plan *UsagePlan, before []apigw.ApiStage) error {
	had := &UsagePlan{UsagePlan: apigw.UsagePlan{ApiStages: before}}
	added := slices.DeleteFunc(slices.Clone(plan.ApiStages), func(s apigw.ApiStage) bool { return had.apiStage(*s.ApiId, *s.Stage) >= 0 })
	if len(added) == 0 {
		return nil
	}
	keys, err := list[UsagePlanKey](t, t.space.UsagePlanKeys(*plan.Id))
	if err != nil {
		return err
	}
	plans, err := list[UsagePlan](t, t.space.UsagePlans())
	if err != nil {
		return err
	}
	return t.checkOnePlanPerStage(plans, *plan.Id, added, keys)
}

// checkOnePlanPerStage says whether none of the plans but the one with that id has any of the stages and any of the keys.
func (t *tx) checkOnePlanPerStage(plans []UsagePlan, id string, stages []apigw.ApiStage, keys []UsagePlanKey) error {
	for i := range plans {
		other := &plans[i]
		shared := slices.IndexFunc(stages, func(s apigw.ApiStage) bool { return other.apiStage(*s.ApiId, *s.Stage) >= 0 })
		if shared < 0 || *other.Id == id {
			continue
		}
		for _, key := range keys {
			in, err := t.exists(t.space.UsagePlanKey(*other.Id, key.KeyID))
			if err != nil {
				return err
			}
			if in {
				return apigw.Conflict(fmt.Sprintf("API Key %s is already associated with API Stage %s:%s by Usage Plan %s",
					key.KeyID, *stages[shared].ApiId, *stages[shared].Stage, *other.Id))
			}
		}
	}
	return nil
}
