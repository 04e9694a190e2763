package control

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
)

func TestSDKTypes(t *testing.T) {
	s := newTestServer(t)
	types := ok[*apigateway.GetSdkTypesOutput](t)(s.sdk.GetSdkTypes(t.Context(), &apigateway.GetSdkTypesInput{}))
	var got []string
	for _, kind := range types.Items {
		one := ok[*apigateway.GetSdkTypeOutput](t)(s.sdk.GetSdkType(t.Context(), &apigateway.GetSdkTypeInput{Id: kind.Id}))
		if aws.ToString(one.FriendlyName) == "" || aws.ToString(one.FriendlyName) != aws.ToString(kind.FriendlyName) || aws.ToString(one.Description) == "" {
			t.Errorf("%s: got %+v", *kind.Id, one)
		}
		var properties []string
		for _, p := range one.ConfigurationProperties {
			if !p.Required {
				t.Errorf("%s: %s is not required", *kind.Id, *p.Name)
			}
			properties = append(properties, *p.Name)
		}
		got = append(got, strings.TrimSpace(*kind.Id+" "+strings.Join(properties, ",")))
	}
	want := "[android groupId,artifactId,artifactVersion,invokerPackage java serviceName,javaPackageName javascript objectivec classPrefix ruby service.name swift classPrefix]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	s.run(nil, []exchange{
		{`GET /sdktypes/cobol`, `400 BadRequestException: Invalid SDK type specified: cobol`},
		{`GET /sdktypes?limit=1`, `200 {"item":[{"configurationProperties":...`},
	})
}

func TestGetSDKRefusals(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	const bad = `400 BadRequestException: `
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
		{`GET {api}/stages/prod/sdks/cobol`, bad + `Invalid SDK type specified: cobol`},
		{`GET {api}/stages/prod/sdks/android?groupId=g&artifactId=a`, bad + `Missing required parameter for SDK type android: artifactVersion`},
		{`GET {api}/stages/prod/sdks/java?serviceName=S&javaPackageName=p`, bad + `SDKs of type java can't be generated; Sluice generates javascript`},
		{`GET {api}/stages/prod/sdks/ruby?service.name=S`, bad + `SDKs of type ruby can't be generated; Sluice generates javascript`},
		{`GET {api}/stages/none/sdks/javascript`, `404 NotFoundException: Invalid stage identifier specified`},
		{`GET /restapis/none/stages/prod/sdks/javascript`, `404 NotFoundException: Invalid API identifier specified 123456789012:none`},
	})
}

// One deployment gives one SDK, whenever it is asked for, at the address that AWS would have where nobody says another.
func TestGetSDKIsOfTheDeployment(t *testing.T) {
	s := newTestServer(t)
	vars := s.methodVars()
	s.run(vars, []exchange{
		{`PUT {pets}/methods/GET {"authorizationType":"NONE"}`, `201 {...`},
		{`PUT {pets}/methods/GET/integration {"type":"MOCK"}`, `201 {...`},
		{`POST {api}/deployments {"stageName":"prod"}`, `201 {...`},
	})
	get := func() string {
		return string(ok[*apigateway.GetSdkOutput](t)(s.sdk.GetSdk(t.Context(), &apigateway.GetSdkInput{
			RestApiId: new(vars["id"]), StageName: new("prod"), SdkType: new("javascript"),
		})).Body)
	}
	first := get()
	s.run(vars, []exchange{{`PUT {pets}/methods/POST {"authorizationType":"NONE"}`, `201 {...`}})
	if get() != first {
		t.Error("what is not deployed changes the SDK")
	}
}
