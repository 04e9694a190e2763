package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/bench/rig"
)

// steps are what is measured, in this order.
var steps = []struct {
	name    string
	measure func(ctx context.Context, b *bench) error
}{
	{"start with a store of 100 APIs", startWithStore},
	{"writes of the control plane", controlWrites},
	{"deploy 1,000 methods", deployMethods},
	{"memory for each route", memoryOfRoutes},
	{"many APIs", manyAPIs},
	{"deploy under load", deployUnderLoad},
}

// config takes the quotas away that would be in the way.
const config = "limits: {resources-per-api: none, document-bytes: none, edge-apis: none, regional-apis: none, deployments-per-api: none}\n"

// start starts a server on a directory below the fleet's.
func (b *bench) start(ctx context.Context, name string) (*rig.Sluice, error) {
	path := filepath.Join(b.fleet.Dir, "sluice.yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return b.fleet.StartSluice(ctx, rig.Options{Data: filepath.Join(b.fleet.Dir, name), Arguments: []string{"--config", path}})
}

// method returns a MOCK method as OpenAPI; templates adds a request and a response template to what it needs.
func method(templates bool) string {
	response := `"statusCode": "200"`
	if templates {
		response += `, "responseTemplates": {"application/json": "{\"path\": \"$context.resourcePath\", \"id\": \"$input.params('id')\"}"}`
	}
	return `{"responses": {"200": {"description": "ok"}}, "x-amazon-apigateway-integration": {"type": "mock",
		"requestTemplates": {"application/json": "{\"statusCode\": 200}"}, "responses": {"default": {` + response + `}}}}`
}

// proxied is a method without any template, whose back end nobody calls here.
const proxied = `{"x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": "http://127.0.0.1:8080/"}}`

// document returns an API of resources that have the given methods.
func document(title string, resources int, methods map[string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"openapi": "3.0.1", "info": {"title": %q, "version": "1"}, "paths": {`, title)
	for i := range resources {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `"/group%d/resource%d": {`, i/100, i)
		separator := ""
		for _, verb := range []string{"get", "put", "post", "delete", "options", "head", "patch"} {
			if text, ok := methods[verb]; ok {
				fmt.Fprintf(&b, "%s%q: %s", separator, verb, text)
				separator = ", "
			}
		}
		b.WriteString("}")
	}
	b.WriteString("}}")
	return b.String()
}

// small is an API of ten methods.
func small(title string) string {
	return document(title, 5, map[string]string{"get": method(true), "post": method(true)})
}

const firstPath = "/v1/group0/resource0"

// milliseconds returns a duration as a number of them.
func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// startWithStore measures the way from nothing to the first answer, and what an idle server holds.
func startWithStore(ctx context.Context, b *bench) error {
	s, err := b.start(ctx, "hundred")
	if err != nil {
		return err
	}
	var api string
	for i := range 100 {
		if api, err = s.ImportAndDeploy(ctx, small(fmt.Sprint("api", i)), ""); err != nil {
			return err
		}
	}
	if err := s.Stop(); err != nil {
		return err
	}
	var took []float64
	for range 5 {
		began := time.Now()
		if s, err = b.start(ctx, "hundred"); err != nil {
			return err
		}
		if err := s.WaitForAnswer(ctx, api, firstPath); err != nil {
			return err
		}
		took = append(took, milliseconds(time.Since(began)))
		if err := s.Stop(); err != nil {
			return err
		}
	}
	b.add("start with a store of 100 APIs, to the first answer", rig.Median(took), "ms", 100)
	if s, err = b.start(ctx, "hundred"); err != nil {
		return err
	}
	time.Sleep(time.Second)
	memory, err := rig.Resident(s.Process)
	if err != nil {
		return err
	}
	b.add("idle memory with them, resident", float64(memory)/1e6, "MB", 40)
	return s.Stop()
}

// controlWrites measures acknowledged writes, one after the other and at once.
func controlWrites(ctx context.Context, b *bench) error {
	s, err := b.start(ctx, "writes")
	if err != nil {
		return err
	}
	api, err := s.Import(ctx, small("writes"))
	if err != nil {
		return err
	}
	var root struct{ RootResourceID string }
	if err := s.Call(ctx, "GET", "/restapis/"+api, "", &root); err != nil {
		return err
	}
	var made atomic.Int64
	create := func() error {
		body := fmt.Sprintf(`{"pathPart": "part%d"}`, made.Add(1))
		return s.Call(ctx, "POST", "/restapis/"+api+"/resources/"+root.RootResourceID, body, nil)
	}
	for _, clients := range []int{1, 16} {
		var h rig.Histogram
		var mu sync.Mutex
		var failed error
		end := time.Now().Add(b.time / 5)
		began, before := time.Now(), made.Load()
		var running sync.WaitGroup
		for range clients {
			running.Go(func() {
				for time.Now().Before(end) {
					at := time.Now()
					err := create()
					took := time.Since(at)
					mu.Lock()
					h.Record(took)
					failed = errors.Join(failed, err)
					mu.Unlock()
					if err != nil {
						return
					}
				}
			})
		}
		running.Wait()
		if failed != nil {
			return failed
		}
		rate := float64(made.Load()-before) / time.Since(began).Seconds()
		b.add(fmt.Sprintf("CreateResource by %d clients, on the disk when answered", clients), rate, "a second", 0)
		b.add(fmt.Sprintf("CreateResource by %d clients, p99", clients), milliseconds(h.Quantile(0.99)), "ms", 0)
	}
	return s.Stop()
}

// deployMethods measures how long 1,001 methods with templates take from their document to an answer.
func deployMethods(ctx context.Context, b *bench) error {
	s, err := b.start(ctx, "methods")
	if err != nil {
		return err
	}
	methods := make(map[string]string)
	for _, verb := range []string{"get", "put", "post", "delete", "options", "head", "patch"} {
		methods[verb] = method(true)
	}
	began := time.Now()
	api, err := s.Import(ctx, document("methods", 143, methods))
	if err != nil {
		return err
	}
	b.add("import of 1,001 methods with templates", milliseconds(time.Since(began)), "ms", 0)
	var took []float64
	for range 5 {
		began = time.Now()
		if err := s.Deploy(ctx, api, ""); err != nil {
			return err
		}
		if err := s.WaitForAnswer(ctx, api, firstPath); err != nil {
			return err
		}
		took = append(took, milliseconds(time.Since(began)))
	}
	b.add("deployment of them, to the first answer", rig.Median(took), "ms", 1000)
	return s.Stop()
}

// memoryOfRoutes measures what a route holds once it is deployed.
func memoryOfRoutes(ctx context.Context, b *bench) error {
	for _, kind := range []struct {
		name, method string
		most         float64
	}{{"without templates", proxied, 4096}, {"with two templates", method(true), 0}} {
		s, err := b.start(ctx, "routes "+kind.name)
		if err != nil {
			return err
		}
		before, err := heap(ctx, s)
		if err != nil {
			return err
		}
		api, err := s.ImportAndDeploy(ctx, document("routes", b.routes, map[string]string{"get": kind.method}), "")
		if err != nil {
			return err
		}
		if kind.most == 0 {
			err = s.WaitForAnswer(ctx, api, firstPath)
		}
		if err != nil {
			return err
		}
		after, err := heap(ctx, s)
		if err != nil {
			return err
		}
		b.add("memory for a route "+kind.name+", of "+fmt.Sprint(b.routes), (after-before)/float64(b.routes), "bytes", kind.most)
		if err := s.Stop(); err != nil {
			return err
		}
	}
	return nil
}

// heap returns what is left of a server's heap after its garbage was collected.
func heap(ctx context.Context, s *rig.Sluice) (float64, error) {
	if _, err := s.Metrics(ctx); err != nil { // what pools keep goes with the second collection
		return 0, err
	}
	m, err := s.Metrics(ctx)
	return m["go_memstats_heap_alloc_bytes"], err
}

// manyAPIs measures deployments, memory and start with many APIs.
func manyAPIs(ctx context.Context, b *bench) error {
	s, err := b.start(ctx, "many")
	if err != nil {
		return err
	}
	var last rig.Histogram
	var api string
	began := time.Now()
	for i := range b.apis {
		if api, err = s.Import(ctx, small(fmt.Sprint("api", i))); err != nil {
			return err
		}
		at := time.Now()
		if err := s.Deploy(ctx, api, ""); err != nil {
			return err
		}
		if i >= b.apis-100 {
			last.Record(time.Since(at))
		}
	}
	b.add(fmt.Sprintf("import and deployment of %d APIs of ten methods, each", b.apis), milliseconds(time.Since(began))/float64(b.apis), "ms", 0)
	b.add("deployment with that many, p99 of the last 100", milliseconds(last.Quantile(0.99)), "ms", 0)
	if err := s.WaitForAnswer(ctx, api, firstPath); err != nil {
		return err
	}
	held, err := heap(ctx, s)
	if err != nil {
		return err
	}
	b.add("heap with them", held/1e6, "MB", 0)
	if err := s.Stop(); err != nil {
		return err
	}
	began = time.Now()
	if s, err = b.start(ctx, "many"); err != nil {
		return err
	}
	if err := s.WaitForAnswer(ctx, api, firstPath); err != nil {
		return err
	}
	b.add("start with them, to the first answer", milliseconds(time.Since(began)), "ms", 0)
	return s.Stop()
}

// tailRounds is how often latencies are measured; what is reported are medians.
const tailRounds = 11

// tails are latencies of rounds, in milliseconds.
type tails struct{ p50, p999 []float64 }

// add adds a round.
func (t *tails) add(h *rig.Histogram) {
	t.p50 = append(t.p50, milliseconds(h.Quantile(0.5)))
	t.p999 = append(t.p999, milliseconds(h.Quantile(0.999)))
}

// deployOverAndOver deploys an API ten times a second until stop is called, which says how often, and what failed.
func deployOverAndOver(ctx context.Context, s *rig.Sluice, api string) (stop func() (n int, err error)) {
	ctx, cancel := context.WithCancel(ctx)
	deployed, failed := 0, error(nil)
	var deploying sync.WaitGroup
	deploying.Go(func() {
		ticks := time.NewTicker(100 * time.Millisecond)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
			}
			if err := s.Deploy(ctx, api, ""); err != nil {
				if ctx.Err() == nil {
					failed = err
				}
				return
			}
			deployed++
		}
	})
	return func() (int, error) {
		cancel()
		deploying.Wait()
		return deployed, failed
	}
}

// deployUnderLoad measures the latency of requests at half of what saturates the machine, in turn without anything else and while
// their API is deployed ten times a second. What saturates it is measured in each round: a machine that others use is now faster, now
// slower.
func deployUnderLoad(ctx context.Context, b *bench) error {
	s, err := b.start(ctx, "load")
	if err != nil {
		return err
	}
	api, err := s.ImportAndDeploy(ctx, small("load"), "")
	if err != nil {
		return err
	}
	request := rig.Get(firstPath, rig.Host(api), "")
	yardstick, _, err := b.fleet.StartSelf("-yardstick")
	if err != nil {
		return err
	}
	var saturation []float64
	var floor, calm, busy tails
	deployed := 0
	for range tailRounds {
		full, err := rig.Load(ctx, s.Gateway, request, b.connections, b.time/tailRounds/2, 0)
		if err != nil {
			return err
		}
		saturation = append(saturation, float64(full.Count())/(b.time/tailRounds/2).Seconds())
		rate := int(saturation[len(saturation)-1] / 2)
		h, err := rig.Load(ctx, yardstick, request, b.connections, b.time/tailRounds, rate)
		if err != nil {
			return err
		}
		floor.add(h)
		if h, err = rig.Load(ctx, s.Gateway, request, b.connections, b.time/tailRounds, rate); err != nil {
			return err
		}
		calm.add(h)
		stop := deployOverAndOver(ctx, s, api)
		h, err = rig.Load(ctx, s.Gateway, request, b.connections, b.time/tailRounds, rate)
		n, failed := stop()
		if err := errors.Join(err, failed); err != nil {
			return err
		}
		busy.add(h)
		deployed += n
	}
	b.add("MOCK at saturation", rig.Median(saturation), "a second", 0)
	b.add("p99.9 at half of that, fasthttp with a constant answer", rig.Median(floor.p999), "ms", 0)
	b.add("p99.9 at half of that", rig.Median(calm.p999), "ms", 0)
	b.add("deployments of the API meanwhile", float64(deployed)/b.time.Seconds(), "a second", 0)
	b.add("p99.9 at half of saturation with them", rig.Median(busy.p999), "ms", 5)
	b.add("the same, least of the rounds", slices.Min(busy.p999), "ms", 0)
	b.add("p50 with them", rig.Median(busy.p50), "ms", 0)
	return s.Stop()
}
