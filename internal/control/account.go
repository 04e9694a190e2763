package control

import (
	"context"
	"regexp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// account returns the settings of the caller's account in the region.
func (t *tx) account() (*apigw.Account, error) {
	settings, err := load[apigw.Account](t, t.space.AccountSettings())
	if err != nil {
		return nil, err
	}
	if settings == nil {
		settings = &apigw.Account{}
	}
	settings.ApiKeyVersion = new("4")
	settings.Features = []string{featureUsagePlans}
	return settings, nil
}

func (c *Control) getAccount(ctx context.Context, _ *apigw.GetAccountRequest) (*apigw.Account, error) {
	return read(ctx, c, func(t *tx) (*apigw.Account, error) { return c.shownAccount(t.account()) })
}

func (c *Control) updateAccount(ctx context.Context, in *apigw.UpdateAccountRequest) (*apigw.Account, error) {
	return change(ctx, c, func(t *tx) (*apigw.Account, error) {
		settings, err := t.account()
		if err != nil {
			return nil, err
		}
		if err := accountPatch.Apply(settings, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := save(t, t.space.AccountSettings(), &apigw.Account{CloudwatchRoleArn: settings.CloudwatchRoleArn}); err != nil {
			return nil, err
		}
		return c.shownAccount(settings, nil)
	})
}

// shownAccount returns the settings of an account with its throttle, which is that of the data plane; or the error.
func (c *Control) shownAccount(settings *apigw.Account, err error) (*apigw.Account, error) {
	if err != nil {
		return nil, err
	}
	settings.ThrottleSettings = new(c.throttle)
	return settings, nil
}

// featureUsagePlans is the one feature that accounts have.
const featureUsagePlans = "UsagePlans"

// roleARN is the ARN of an IAM role.
var roleARN = regexp.MustCompile(`^arn:[a-z0-9-]+:iam::\d{12}:role/.+$`)

// accountPatch is what UpdateAccount may change.
var accountPatch = patch.Table[apigw.Account]{
	Resource: "Account",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.Account]{
		{
			Path: "/cloudwatchRoleArn", Ops: patch.Replace, Value: "ARN of a role; empty removes it",
			Apply: func(a *apigw.Account, c patch.Change) error {
				switch {
				case c.Text() == "":
					a.CloudwatchRoleArn = nil
				case !roleARN.MatchString(c.Text()):
					return apigw.BadRequest("Invalid ARN specified in the request")
				default:
					a.CloudwatchRoleArn = c.Value
				}
				return nil
			},
		},
		{
			Path: "/features", Ops: patch.Add | patch.Remove, Value: featureUsagePlans + ", which every account has and keeps",
			Apply: func(_ *apigw.Account, c patch.Change) error {
				switch {
				case c.Text() != featureUsagePlans:
					return apigw.BadRequest("Invalid feature specified: " + c.Text())
				case c.Op == patch.Remove:
					return apigw.BadRequest("Usage Plans cannot be disabled once enabled")
				}
				return nil
			},
		},
	},
}
