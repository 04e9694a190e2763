package control

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// errAPIStageForm answers a patch operation whose API stage is not of the form {api}:{stage}.
//
// Observed: removing an API stage without a value.
var errAPIStageForm = apigw.BadRequest("Invalid API Stage specified")

// usagePlanPatch is what UpdateUsagePlan may change. The path of a method may stand in a patch path raw, with
// its slashes, or escaped.
var usagePlanPatch = patch.Table[apigw.UsagePlan]{
	Resource: "UsagePlan",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: slices.Concat([]patch.Row[apigw.UsagePlan]{
		patch.Text("/name", func(p *apigw.UsagePlan) **string { return &p.Name }),
		patch.Text("/description", func(p *apigw.UsagePlan) **string { return &p.Description }),
		productCodeRow(),
		{
			Path: "/apiStages", Ops: patch.Add | patch.Remove, Value: "{api}:{stage}", Apply: changeAPIStage,
		},
	}, stageThrottleRows(), planThrottleRows(), quotaRows()),
}

func productCodeRow() patch.Row[apigw.UsagePlan] {
	row := patch.Text("/productCode", func(p *apigw.UsagePlan) **string { return &p.ProductCode })
	row.Ops = patch.Entry
	return row
}

// changeAPIStage adds an API stage to a plan, unless it is there, or removes it. Whether it exists is checked
// with the whole plan.
func changeAPIStage(p *apigw.UsagePlan, c patch.Change) error {
	api, stage, err := splitAPIStage(c.Text())
	if err != nil {
		return err
	}
	at := apiStageOf(p, api, stage)
	switch {
	case c.Op == patch.Add && at < 0:
		p.ApiStages = append(p.ApiStages, apigw.ApiStage{ApiId: &api, Stage: &stage})
	case c.Op == patch.Remove && at < 0:
		return errNoAPIStage(c.Text())
	case c.Op == patch.Remove:
		p.ApiStages = slices.Delete(p.ApiStages, at, at+1)
	}
	return nil
}

// splitAPIStage takes {api}:{stage} apart.
func splitAPIStage(text string) (api, stage string, err error) {
	api, stage, ok := strings.Cut(text, ":")
	if !ok || api == "" || stage == "" {
		return "", "", errAPIStageForm
	}
	return api, stage, nil
}

func errNoAPIStage(name string) error { return apigw.NotFound("API Stage not found: " + name) }

func apiStageOf(p *apigw.UsagePlan, api, stage string) int {
	return (&UsagePlan{UsagePlan: *p}).apiStage(api, stage)
}

// stageThrottleRows are the rows of the throttles of methods. Those of one limit come first: their paths
// look like that of a whole throttle, too.
func stageThrottleRows() []patch.Row[apigw.UsagePlan] {
	const stage, method = "/apiStages/{api:stage}/throttle", "/apiStages/{api:stage}/throttle/{path+}/{verb}"
	return []patch.Row[apigw.UsagePlan]{
		{
			Path: method + "/rateLimit", Ops: patch.Replace, Value: "requests per second, decimal number",
			Apply: onMethodThrottle(func(s *apigw.ThrottleSettings, c patch.Change) error { return setRate(s, c) }),
		},
		{
			Path: method + "/burstLimit", Ops: patch.Replace, Value: "requests, decimal integer",
			Apply: onMethodThrottle(func(s *apigw.ThrottleSettings, c patch.Change) error { return setBurst(s, c) }),
		},
		{
			Path: method, Ops: patch.Replace | patch.Remove, Value: `JSON: {"rateLimit":1.0,"burstLimit":1}; none to remove it`,
			Apply: onStageThrottle(func(s *apigw.ApiStage, c patch.Change) error {
				key := methodOfThrottle(c)
				if c.Op == patch.Remove {
					if _, ok := s.Throttle[key]; !ok {
						return apigw.NotFound("Invalid method throttle specified: " + key)
					}
					delete(s.Throttle, key)
					return nil
				}
				var settings apigw.ThrottleSettings
				if err := json.Unmarshal([]byte(c.Text()), &settings); err != nil {
					return patch.InvalidValue(c)
				}
				setMethodThrottle(s, key, settings)
				return nil
			}),
		},
		{
			Path: stage, Ops: patch.Replace | patch.Remove, Value: `JSON: {"/pets/GET":{"rateLimit":1.0,"burstLimit":1}}; none to remove all`,
			Apply: onStageThrottle(func(s *apigw.ApiStage, c patch.Change) error {
				s.Throttle = nil
				if c.Op == patch.Remove {
					return nil
				}
				if err := json.Unmarshal([]byte(c.Text()), &s.Throttle); err != nil {
					return patch.InvalidValue(c)
				}
				return nil
			}),
		},
	}
}

// onStageThrottle makes the Apply of a row from what it does to the API stage that the path names.
func onStageThrottle(do func(*apigw.ApiStage, patch.Change) error) func(*apigw.UsagePlan, patch.Change) error {
	return func(p *apigw.UsagePlan, c patch.Change) error {
		api, stage, err := splitAPIStage(c.Var(0))
		if err != nil {
			return err
		}
		at := apiStageOf(p, api, stage)
		if at < 0 {
			return errNoAPIStage(c.Var(0))
		}
		return do(&p.ApiStages[at], c)
	}
}

// onMethodThrottle makes the Apply of a row from what it does to the throttle of the method that the path names.
func onMethodThrottle(do func(*apigw.ThrottleSettings, patch.Change) error) func(*apigw.UsagePlan, patch.Change) error {
	return onStageThrottle(func(s *apigw.ApiStage, c patch.Change) error {
		key := methodOfThrottle(c)
		settings := s.Throttle[key]
		if err := do(&settings, c); err != nil {
			return err
		}
		setMethodThrottle(s, key, settings)
		return nil
	})
}

// methodOfThrottle returns the method that a path names, as it is named in throttles.
func methodOfThrottle(c patch.Change) string { return c.Var(1) + "/" + c.Var(2) }

func setMethodThrottle(s *apigw.ApiStage, method string, settings apigw.ThrottleSettings) {
	if s.Throttle == nil {
		s.Throttle = map[string]apigw.ThrottleSettings{}
	}
	s.Throttle[method] = settings
}

func setRate(s *apigw.ThrottleSettings, c patch.Change) error {
	rate, err := parseDouble(c)
	s.RateLimit = &rate
	return err
}

func setBurst(s *apigw.ThrottleSettings, c patch.Change) error {
	burst, err := parseInteger(c)
	s.BurstLimit = &burst
	return err
}

// planThrottleRows are the rows of the throttle of a whole plan.
func planThrottleRows() []patch.Row[apigw.UsagePlan] {
	limit := func(name, value string, set func(*apigw.ThrottleSettings, patch.Change) error) patch.Row[apigw.UsagePlan] {
		return patch.Row[apigw.UsagePlan]{
			Path: "/throttle/" + name, Ops: patch.Add | patch.Replace, Value: value,
			Apply: func(p *apigw.UsagePlan, c patch.Change) error {
				if p.Throttle == nil {
					p.Throttle = &apigw.ThrottleSettings{}
				}
				return set(p.Throttle, c)
			},
		}
	}
	return []patch.Row[apigw.UsagePlan]{
		{
			Path: "/throttle", Ops: patch.Remove, Value: "none",
			Apply: func(p *apigw.UsagePlan, _ patch.Change) error {
				p.Throttle = nil
				return nil
			},
		},
		limit("rateLimit", "requests per second, decimal number", setRate),
		limit("burstLimit", "requests, decimal integer", setBurst),
	}
}

// quotaRows are the rows of the quota.
func quotaRows() []patch.Row[apigw.UsagePlan] {
	member := func(name, value string, set func(*apigw.QuotaSettings, patch.Change) error) patch.Row[apigw.UsagePlan] {
		return patch.Row[apigw.UsagePlan]{
			Path: "/quota/" + name, Ops: patch.Add | patch.Replace, Value: value,
			Apply: func(p *apigw.UsagePlan, c patch.Change) error {
				if p.Quota == nil {
					p.Quota = &apigw.QuotaSettings{}
				}
				return set(p.Quota, c)
			},
		}
	}
	return []patch.Row[apigw.UsagePlan]{
		{
			Path: "/quota", Ops: patch.Remove, Value: "none",
			Apply: func(p *apigw.UsagePlan, _ patch.Change) error {
				p.Quota = nil
				return nil
			},
		},
		member("limit", "requests, decimal integer", func(q *apigw.QuotaSettings, c patch.Change) (err error) {
			var limit int32
			limit, err = parseInteger(c)
			q.Limit = &limit
			return err
		}),
		member("offset", "requests, decimal integer", func(q *apigw.QuotaSettings, c patch.Change) (err error) {
			var offset int32
			offset, err = parseInteger(c)
			q.Offset = &offset
			return err
		}),
		member("period", "DAY, WEEK or MONTH", func(q *apigw.QuotaSettings, c patch.Change) error {
			q.Period = new(apigw.QuotaPeriodType(c.Text()))
			return nil
		}),
	}
}
