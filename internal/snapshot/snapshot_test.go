package snapshot_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// Absent, empty and null are three things in the model; all must survive.
func TestRoundTrip(t *testing.T) {
	want := &snapshot.API{
		AccountID:    "000000000000",
		Region:       "us-east-1",
		Partition:    "aws",
		DeploymentID: "dep1",
		CreatedDate:  time.Date(2026, 11, 22, 10, 45, 58, 0, time.UTC),
		RestAPI:      apigw.RestApi{Id: new("api1"), Name: new("pets"), BinaryMediaTypes: []string{"image/png"}},
		Resources: []snapshot.Resource{
			{ID: "root", Path: "/"},
			{ID: "r1", ParentID: "root", PathPart: "pets", Path: "/pets", Methods: map[string]apigw.Method{
				"GET": {
					HttpMethod:        new("GET"),
					RequestParameters: map[string]bool{"method.request.querystring.a": true, "method.request.header.b": false},
					MethodResponses:   map[string]apigw.MethodResponse{"200": {StatusCode: new("200"), ResponseParameters: map[string]bool{}}},
					MethodIntegration: &apigw.Integration{
						Type:             new(apigw.IntegrationTypeMock),
						RequestTemplates: map[string]*string{"application/json": new(`{"statusCode":200}`), "text/plain": nil},
						IntegrationResponses: map[string]apigw.IntegrationResponse{
							"200": {SelectionPattern: new(""), ResponseTemplates: map[string]*string{}},
						},
					},
				},
			}},
		},
		GatewayResponses: []apigw.GatewayResponse{{ResponseType: new(apigw.GatewayResponseTypeDefault4xx), StatusCode: new("418")}},
	}
	data, err := snapshot.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := snapshot.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decoded snapshot differs (-want +got):\n%s", diff)
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		name, data  string
		wantVersion bool
	}{
		{"not JSON", "x", false},
		{"no version", "{}", true},
		{"newer version", `{"version":2,"api":{"somethingNew":1}}`, true},
		{"no API", `{"version":1}`, false},
		{"unknown member", `{"version":1,"api":{"somethingNew":1}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := snapshot.Decode([]byte(tt.data))
			if err == nil || errors.Is(err, snapshot.ErrVersion) != tt.wantVersion {
				t.Errorf("Decode(%s): got %v, want an error with ErrVersion: %v", tt.data, err, tt.wantVersion)
			}
		})
	}
}
