// Hot path.

package gateway

import "context"

// limit refuses requests without a usable API key where the method requires one.
func (g *Gateway) limit(_ context.Context, x *Exchange) *fault {
	x.recordUsageCheck()
	if x.method.APIKeyRequired {
		return authorizationFault("API keys are not supported")
	}
	x.recordUsagePassed()
	return nil
}
