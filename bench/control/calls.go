package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"

	"github.com/sluice-gateway/sluice/bench/rig"
)

const (
	region  = "us-east-1"
	variety = 32 // different requests of a client
)

// prepare makes an API with a method for each client and returns what each client sends.
func prepare(ctx context.Context, t *target, clients int) ([][][]byte, error) {
	c := apigateway.New(apigateway.Options{
		BaseEndpoint: &t.control, Region: region,
		Credentials: credentials.StaticCredentialsProvider{Value: t.credentials},
	})
	api, err := c.CreateRestApi(ctx, &apigateway.CreateRestApiInput{Name: aws.String("bench")})
	if err != nil {
		return nil, err
	}
	resources, err := c.GetResources(ctx, &apigateway.GetResourcesInput{RestApiId: api.Id})
	if err != nil {
		return nil, err
	}
	requests := make([][][]byte, clients)
	for i := range requests {
		part := fmt.Sprintf("r%d", i)
		r, err := c.CreateResource(ctx, &apigateway.CreateResourceInput{RestApiId: api.Id, ParentId: resources.Items[0].Id, PathPart: &part})
		if err != nil {
			return nil, err
		}
		if _, err := c.PutMethod(ctx, &apigateway.PutMethodInput{
			RestApiId: api.Id, ResourceId: r.Id, HttpMethod: aws.String("GET"), AuthorizationType: aws.String("NONE"),
		}); err != nil {
			return nil, err
		}
		path := "/restapis/" + *api.Id + "/resources/" + *r.Id + "/methods/GET/integration"
		for n := range variety {
			request, err := signed(ctx, t, path, integration(n))
			if err != nil {
				return nil, err
			}
			requests[i] = append(requests[i], request)
		}
	}
	return requests, nil
}

// integration returns the body of a PutIntegration.
func integration(n int) string {
	return fmt.Sprintf(`{"type":"HTTP","httpMethod":"POST","uri":"http://backend.example.com/pets/%d","timeoutInMillis":%d,"passthroughBehavior":"WHEN_NO_TEMPLATES",`+
		`"requestParameters":{"integration.request.header.X-Kind":"'pet'","integration.request.querystring.caller":"context.identity.sourceIp"},`+
		`"requestTemplates":{"application/json":"#set($in = $input.path('$'))\n{\"name\": $input.json('$.name'), \"number\": %d}"}}`, n, 1000+n, n)
}

// signed returns the bytes of a signed PUT.
func signed(ctx context.Context, t *target, path, body string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, t.control+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	hash := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, t.credentials, r, hex.EncodeToString(hash[:]), "apigateway", region, time.Now()); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// load sends the requests one after the other until the end.
func load(t *target, requests [][]byte, end time.Time, h *rig.Histogram) error {
	u, err := url.Parse(t.control)
	if err != nil {
		return err
	}
	c, err := rig.Dial(u.Host)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for n := 0; ; n++ {
		begun := time.Now()
		if begun.After(end) {
			return nil
		}
		if err := c.SetDeadline(begun.Add(30 * time.Second)); err != nil {
			return err
		}
		answer, err := c.Do(requests[n%len(requests)])
		switch {
		case errors.Is(err, io.EOF) && n > 0:
			// moto's server ends connections after each answer.
		case err != nil:
			return err
		case answer.Status != http.StatusCreated:
			return fmt.Errorf("answer %d %s", answer.Status, answer.Body)
		default:
			h.Record(time.Since(begun))
		}
		if value, _ := answer.Headers.LastFold("Connection"); err != nil || strings.EqualFold(value, "close") {
			again, err := rig.Dial(u.Host)
			if err != nil {
				return err
			}
			_ = c.Close()
			c = again
		}
	}
}

// profile writes a CPU profile of a server while it is measured.
func profile(ctx context.Context, t *target, o options) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", t.admin, max(1, int(o.time.Seconds()))), nil)
	if err != nil {
		return
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil {
		err = os.WriteFile(o.profile, text, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
	}
}
