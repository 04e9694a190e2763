package control

import (
	"context"
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/sdk"
)

func errNoSDKType(id string) *apigw.Error {
	return apigw.BadRequest("Invalid SDK type specified: " + id)
}

func (c *Control) getSdkTypes(_ context.Context, in *apigw.GetSdkTypesRequest) (*apigw.SdkTypes, error) {
	id := func(t *apigw.SdkType) string { return *t.Id }
	items, next, err := page(sdk.Types(), id, in.Limit, in.Position)
	return &apigw.SdkTypes{Items: items, Position: next}, err
}

func (c *Control) getSdkType(_ context.Context, in *apigw.GetSdkTypeRequest) (*apigw.SdkType, error) {
	t, ok := sdk.TypeOf(in.Id)
	if !ok {
		return nil, errNoSDKType(in.Id)
	}
	return &t, nil
}

// getSdk generates a client of what a stage serves now.
func (c *Control) getSdk(ctx context.Context, in *apigw.GetSdkRequest) (*apigw.SdkResponse, error) {
	if err := checkSDK(in); err != nil {
		return nil, err
	}
	return read(ctx, c, func(t *tx) (*apigw.SdkResponse, error) {
		a, err := t.api(in.RestApiId)
		if err != nil {
			return nil, err
		}
		s, err := a.stage(in.StageName)
		if err != nil {
			return nil, err
		}
		frozen, err := a.snapshot(apigw.Value(s.DeploymentId))
		if err != nil {
			return nil, err
		}
		archive, err := sdk.WriteJavaScript(frozen, in.StageName, c.invokeURL(a.keys, in.StageName))
		if err != nil {
			return nil, err
		}
		name := in.SdkType + "_" + t.now.UTC().Format("2006-01-02_15-04Z") + ".zip"
		return &apigw.SdkResponse{
			Body: archive, ContentType: new("application/octet-stream"), ContentDisposition: new(fmt.Sprintf("attachment; filename=%q", name)),
		}, nil
	})
}

// checkSDK says whether an SDK can be generated: its type must be known, configured, and one that this
// program writes.
func checkSDK(in *apigw.GetSdkRequest) error {
	kind, ok := sdk.TypeOf(in.SdkType)
	if !ok {
		return errNoSDKType(in.SdkType)
	}
	for _, p := range kind.ConfigurationProperties {
		if strings.TrimSpace(in.Parameters[*p.Name]) == "" {
			return apigw.BadRequest("Missing required parameter for SDK type " + in.SdkType + ": " + *p.Name)
		}
	}
	if in.SdkType != sdk.JavaScript {
		return apigw.BadRequest("SDKs of type " + in.SdkType + " can't be generated; Sluice generates " + sdk.JavaScript)
	}
	return nil
}
