package server

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/sluice-gateway/sluice/internal/control"
)

func TestLimitsSetting(t *testing.T) {
	want := control.DefaultLimits()
	want.ResourcesPerAPI, want.StagesPerAPI = 3000, 0
	for _, sources := range []Sources{
		{File: writeFile(t, "data: x\nlimits:\n  resources-per-api: 3000\n  stages-per-api: none\n")},
		{File: writeFile(t, "data: x\nlimits: [resources-per-api=3000, stages-per-api=none]\n")},
		{Flags: map[string]string{"data": "x", "limits": "resources-per-api=3000, stages-per-api=none"}},
	} {
		config, err := LoadConfig(sources)
		if err != nil || config.Limits != want {
			t.Errorf("%+v: got error %v, limits %+v", sources, err, config.Limits)
		}
		if got := limitsSetting().get(&config); got != "resources-per-api=3000,stages-per-api=none" {
			t.Errorf("the setting shows as %s", got)
		}
	}
	for value, problem := range map[string]string{
		"resources=1":          `there is no limit "resources"; there are regional-apis, `,
		"resources-per-api":    `resources-per-api: "" is neither a number above 0 nor none`,
		"resources-per-api=0":  `resources-per-api: "0" is neither a number above 0 nor none`,
		"resources-per-api=1k": `resources-per-api: "1k" is neither a number above 0 nor none`,
	} {
		_, err := LoadConfig(Sources{Flags: map[string]string{"data": "x", "limits": value}})
		if err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: got %v, want %s", value, err, problem)
		}
	}
}

// The limits and the rates of the configuration are those of the control plane.
func TestLimitsAndRatesAreServed(t *testing.T) {
	config := testConfig()
	config.Auth = Off
	config.Limits.ResourcesPerAPI = 2
	config.ControlRates = "GetAccount=1/1h"
	s, _ := start(t, config)
	c := client(s, "us-east-1", "123456789012", "x")
	api, err := c.CreateRestApi(t.Context(), &apigateway.CreateRestApiInput{Name: new("a")})
	if err != nil {
		t.Fatal(err)
	}
	create := func(part string) error {
		_, err := c.CreateResource(t.Context(), &apigateway.CreateResourceInput{RestApiId: api.Id, ParentId: api.RootResourceId, PathPart: &part})
		return err
	}
	if err := create("a"); err != nil {
		t.Fatal(err)
	}
	err = create("b")
	if _, ok := errors.AsType[*types.LimitExceededException](err); !ok {
		t.Errorf("one resource too many: got %v, want LimitExceededException", err)
	}
	ask := func() error {
		_, err := c.GetAccount(t.Context(), &apigateway.GetAccountInput{})
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	err = ask()
	refused, ok := errors.AsType[*types.TooManyRequestsException](err)
	if !ok || refused.ErrorMessage() != "Too Many Requests" {
		t.Fatalf("the second call in an hour: got %v, want TooManyRequestsException", err)
	}
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	if wait := response.Response.Header.Get("Retry-After"); !ok || wait != "3600" {
		t.Errorf("got Retry-After %q, want 3600", wait)
	}
	if _, ok := errors.AsType[smithy.APIError](err); !ok {
		t.Errorf("got %T, want an error of the service", err)
	}
}

func TestControlRatesAreChecked(t *testing.T) {
	_, err := LoadConfig(Sources{Flags: map[string]string{"data": "x", "control-rates": "GetAcount=1/1s"}})
	if err == nil || !strings.Contains(err.Error(), `--control-rates: "GetAcount=1/1s" is neither service nor OPERATION`) {
		t.Errorf("got %v, want the unknown operation named", err)
	}
	for _, value := range []string{"off", "service", "service, all=100/1s"} {
		if _, err := LoadConfig(Sources{Flags: map[string]string{"data": "x", "control-rates": value}}); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
}
