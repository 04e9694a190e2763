package control

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

func TestTestInvokeMethod(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	v["resource"] = v["integration"][:len(v["integration"])-len("/methods/GET/integration")]
	var tried []string
	s.control.testInvoke = func(_ context.Context, trial *Trial) (*apigw.TestInvokeMethodResponse, error) {
		for _, r := range trial.API.Resources {
			for verb := range r.Methods {
				tried = append(tried, fmt.Sprintf("%s %s as %s by %s: %s", verb, r.Path, trial.Verb, trial.Caller.AccountID, apigw.Value(trial.Request.Body)))
			}
		}
		return &apigw.TestInvokeMethodResponse{
			Status: new(int32(200)), Body: new(""), Log: new("Execution log"), Latency: new(int64(7)),
			Headers: map[string]string{"X-A": "2"}, MultiValueHeaders: map[string][]string{"X-A": {"1", "2"}},
		}, nil
	}
	const answered = `200 {"status":200,"body":"","log":"Execution log","latency":7,"headers":{"X-A":"2"},"multiValueHeaders":{"X-A":["1","2"]}}`
	s.run(v, []exchange{
		{`POST {resource}/methods/GET {"body":"b"}`, answered},
		{`POST {resource}/methods/POST {}`, "404 NotFoundException: Invalid Method identifier specified"},
		{`POST {resource}/methods/ANY {}`, "404 NotFoundException: Invalid Method identifier specified"},
		{`POST /restapis/{api}/resources/gone/methods/GET {}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`POST /restapis/gone/resources/gone/methods/GET {}`, "404 NotFoundException: Invalid Resource identifier specified"},
		{`POST {resource}/methods/GET {"stageVariables":{"a b":"1"}}`, "400 BadRequestException: Invalid stage variable name: a b. Please use names with only word characters."},
		{`POST {resource}/methods/GET {"clientCertificateId":"gone"}`, "404 NotFoundException: Invalid client certificate identifier specified"},
		{`PUT {resource}/methods/ANY {"authorizationType":"AWS_IAM"}`, "201 {..."},
		{`POST {resource}/methods/ANY {}`, answered},
		{`POST {resource}/methods/PUT {}`, answered},
		{`POST {resource}/methods/GET {}`, answered},
		{`POST {resource}/methods/NONE {}`, "404 NotFoundException: Invalid Method identifier specified"},
	})
	want := []string{"GET /pets as GET by 123456789012: b", "ANY /pets as GET by 123456789012: ", "ANY /pets as PUT by 123456789012: ", "GET /pets as GET by 123456789012: "}
	if diff := cmp.Diff(want, tried); diff != "" {
		t.Errorf("tests differ (-want +got):\n%s", diff)
	}
}

func TestFlushStageCache(t *testing.T) {
	s := newTestServer(t)
	v := s.deployable()
	s.deploy(v["api"], `"stageName":"prod"`)
	var flushed []string
	s.control.flushCache = func(_ context.Context, api store.API, stage string) error {
		flushed = append(flushed, api.Account+" "+api.Region+" "+stage)
		if len(flushed) > 1 {
			return errors.New("no answer")
		}
		return nil
	}
	s.run(v, []exchange{
		{`DELETE /restapis/{api}/stages/none/cache/data`, "404 NotFoundException: Invalid stage identifier specified"},
		{`DELETE /restapis/{api}/stages/prod/cache/data`, "202 null"},
		{`DELETE /restapis/{api}/stages/prod/cache/data`, "500 InternalFailure..."},
	})
	if diff := cmp.Diff([]string{"123456789012 eu-west-1 prod", "123456789012 eu-west-1 prod"}, flushed); diff != "" {
		t.Errorf("flushed (-want +got):\n%s", diff)
	}
}
