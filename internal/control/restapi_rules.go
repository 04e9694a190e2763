package control

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// maximumCompressionSize is the largest minimumCompressionSize, in bytes.
const maximumCompressionSize = 10485760

// endpointTypes in the order in which the service names them in the refusal of a PATCH.
var endpointTypes = []apigw.EndpointType{apigw.EndpointTypeRegional, apigw.EndpointTypeEdge, apigw.EndpointTypePrivate}

// completeRestAPI puts in the defaults of what a new API does not say.
func completeRestAPI(r *apigw.RestApi) {
	if r.ApiKeySource == nil {
		r.ApiKeySource = new(apigw.ApiKeySourceTypeHeader)
	}
	if r.DisableExecuteApiEndpoint == nil {
		r.DisableExecuteApiEndpoint = new(false)
	}
	if len(r.BinaryMediaTypes) == 0 {
		r.BinaryMediaTypes = nil
	}
	if len(r.Tags) == 0 {
		r.Tags = nil
	}
	for _, text := range []**string{&r.Description, &r.Version, &r.Policy} {
		if apigw.Value(*text) == "" {
			*text = nil
		}
	}
	e := new(apigw.Value(r.EndpointConfiguration))
	r.EndpointConfiguration = e
	if e.Types == nil {
		e.Types = []apigw.EndpointType{apigw.EndpointTypeEdge}
	}
	if e.IpAddressType == nil {
		e.IpAddressType = new(apigw.IpAddressTypeIpv4)
		if slices.Contains(e.Types, apigw.EndpointTypePrivate) {
			e.IpAddressType = new(apigw.IpAddressTypeDualstack)
		}
	}
	if len(e.VpcEndpointIds) == 0 {
		e.VpcEndpointIds = nil
	}
}

// checkRestAPI says whether an API with its defaults is lawful.
func checkRestAPI(r *apigw.RestApi) error {
	if apigw.Value(r.Name) == "" {
		return apigw.BadRequest("Name cannot be empty")
	}
	if err := checkEndpointConfiguration(r.EndpointConfiguration); err != nil {
		return err
	}
	if n := apigw.Value(r.MinimumCompressionSize); n < 0 || n > maximumCompressionSize {
		return apigw.BadRequest("Invalid minimum compression size, must be between 0 and " + strconv.Itoa(maximumCompressionSize))
	}
	// AWS: "Security policies for REST APIs in API Gateway".
	if r.EndpointAccessMode != nil && !strings.HasPrefix(string(apigw.Value(r.SecurityPolicy)), "SecurityPolicy_") {
		return apigw.BadRequest("EndpointAccessMode can only be specified with security policies that begin with SecurityPolicy_")
	}
	return nil
}

// checkEndpointConfiguration says whether an endpoint configuration with its defaults is lawful.
func checkEndpointConfiguration(e *apigw.EndpointConfiguration) error {
	switch {
	case len(e.Types) == 0:
		return apigw.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.")
	case len(e.Types) > 1:
		return apigw.BadRequest("Cannot create an api with multiple Endpoint Types.")
	}
	private := e.Types[0] == apigw.EndpointTypePrivate
	if private && apigw.Value(e.IpAddressType) != apigw.IpAddressTypeDualstack {
		return apigw.BadRequest("Private APIs only support the dualstack IP address type.")
	}
	if !private && len(e.VpcEndpointIds) > 0 {
		return apigw.BadRequest("VPCEndpoints can only be specified with PRIVATE apis.")
	}
	return nil
}

// restAPIPatch is what UpdateRestApi may change.
var restAPIPatch = patch.Table[apigw.RestApi]{
	Resource: "RestApi",
	Source:   "Patch operations",
	Family:   patch.MemberFamily,
	Rows: []patch.Row[apigw.RestApi]{
		patch.Text("/name", func(r *apigw.RestApi) **string { return &r.Name }),
		{
			Path: "/description", Ops: patch.Replace | patch.Remove, Value: "text; empty removes it",
			Source: "Observed: removing works",
			Apply: func(r *apigw.RestApi, c patch.Change) error {
				r.Description = nil
				if c.Op == patch.Replace && c.Text() != "" {
					r.Description = c.Value
				}
				return nil
			},
		},
		patch.Text("/version", func(r *apigw.RestApi) **string { return &r.Version }),
		patch.Text("/policy", func(r *apigw.RestApi) **string { return &r.Policy }),
		patch.Choice("/apiKeySource", "ApiKeySourceType",
			[]apigw.ApiKeySourceType{apigw.ApiKeySourceTypeHeader, apigw.ApiKeySourceTypeAuthorizer},
			func(r *apigw.RestApi) **apigw.ApiKeySourceType { return &r.ApiKeySource }),
		patch.Flag("/disableExecuteApiEndpoint", func(r *apigw.RestApi) **bool { return &r.DisableExecuteApiEndpoint }),
		patch.Number("/minimumCompressionSize", func(r *apigw.RestApi) **int32 { return &r.MinimumCompressionSize }),
		{
			Path: "/binaryMediaTypes/{type}", Ops: patch.Entry, Value: "for replace, the type that takes the place",
			Apply: patchBinaryMediaType,
		},
		{
			Path: "/endpointConfiguration/types/{0}", Ops: patch.Replace, Value: "REGIONAL, EDGE or PRIVATE",
			Source: "Observed: replacing by PRIVATE makes the address type dualstack",
			Refuse: "Invalid patch operation specified. Must be 'add'|'remove'|'replace'",
			Apply:  patchEndpointType,
		},
		patch.Choice("/endpointConfiguration/ipAddressType", "IpAddressType",
			[]apigw.IpAddressType{apigw.IpAddressTypeIpv4, apigw.IpAddressTypeDualstack},
			func(r *apigw.RestApi) **apigw.IpAddressType { return &r.EndpointConfiguration.IpAddressType }),
		patch.Elements("/endpointConfiguration/vpcEndpointIds", func(r *apigw.RestApi) *[]string { return &r.EndpointConfiguration.VpcEndpointIds }),
		patch.Choice("/securityPolicy", "SecurityPolicy", inputEnum[apigw.SecurityPolicy](apigw.CreateRestApi.Input, "securityPolicy"),
			func(r *apigw.RestApi) **apigw.SecurityPolicy { return &r.SecurityPolicy }),
		patch.Choice("/endpointAccessMode", "EndpointAccessMode",
			[]apigw.EndpointAccessMode{apigw.EndpointAccessModeBasic, apigw.EndpointAccessModeStrict},
			func(r *apigw.RestApi) **apigw.EndpointAccessMode { return &r.EndpointAccessMode }),
	},
}

// patchBinaryMediaType changes the list of binary media types, whose order is kept.
func patchBinaryMediaType(r *apigw.RestApi, c patch.Change) error {
	mediaType := c.Var(0)
	if c.Op == patch.Replace && c.Text() != "" {
		if at := slices.Index(r.BinaryMediaTypes, mediaType); at >= 0 {
			r.BinaryMediaTypes[at] = c.Text()
			return nil
		}
		mediaType = c.Text()
	}
	patch.ChangeElement(&r.BinaryMediaTypes, c.Op, mediaType)
	return nil
}

// patchEndpointType replaces the endpoint type, named by its index or by itself.
func patchEndpointType(r *apigw.RestApi, c patch.Change) error {
	e := r.EndpointConfiguration
	if at := c.Var(0); at != "0" && at != string(e.Types[0]) {
		return apigw.BadRequest("Invalid patch path " + c.Path)
	}
	to := apigw.EndpointType(c.Text())
	if !slices.Contains(endpointTypes, to) {
		return apigw.BadRequest("Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE")
	}
	e.Types[0] = to
	if to == apigw.EndpointTypePrivate {
		e.IpAddressType = new(apigw.IpAddressTypeDualstack)
	}
	return nil
}

// inputEnum returns the values that the model allows for a member of the input of an operation.
func inputEnum[S ~string](input *apigw.Shape, member string) []S {
	var values []S
	for _, m := range input.Members {
		if m.Name == member {
			for _, v := range m.Shape.Enum {
				values = append(values, S(v))
			}
		}
	}
	return values
}
