package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
	"github.com/sluice-gateway/sluice/internal/store"
)

// The publisher's way from the store to compiled stages: load, compile, bind.

// source is a stage as the store has it.
type source struct {
	stage      *apigw.Stage
	deployment deploymentID
	canary     deploymentID // its id is "" where there is no canary
	err        error        // the stage could not be read
}

// loaded is what load found.
type loaded struct {
	stages    map[stageID]source
	snapshots map[deploymentID][]byte // of the deployments whose plan is not known
}

// load reads the stages that the update names, those that exist, and the snapshots that
// they need.
func (p *publisher) load(ctx context.Context, u update) (found loaded, err error) {
	err = p.store.View(ctx, func(tx store.Tx) error {
		found = loaded{map[stageID]source{}, map[deploymentID][]byte{}}
		if u.all {
			return p.loadAll(tx, found)
		}
		for id := range u.stages {
			value, ok, err := tx.Get(id.api.Stage(id.name))
			if err != nil {
				return err
			}
			if ok {
				p.loadStage(tx, id, value, found)
			}
		}
		return tx.Err()
	})
	return found, err
}

// loadAll reads every stage of every account and region.
func (p *publisher) loadAll(tx store.Tx, found loaded) error {
	for space := range store.Spaces(tx) {
		for key := range tx.Scan(space.RestAPIs(), "") {
			api, ok := key.Name()
			if !ok {
				continue
			}
			for key, value := range tx.Scan(api.API.Stages(), "") {
				if stage, ok := key.Name(); ok {
					p.loadStage(tx, stageID{api.API, stage.Last()}, value, found)
				}
			}
		}
	}
	return tx.Err()
}

// loadStage reads a stage from its record.
func (p *publisher) loadStage(tx store.Tx, id stageID, record []byte, found loaded) {
	s := source{stage: new(apigw.Stage)}
	switch err := json.Unmarshal(record, s.stage); {
	case err != nil:
		s.err = err
	case s.stage.DeploymentId == nil:
		s.err = errors.New("it has no deployment")
	default:
		s.deployment = deploymentID{id.api, *s.stage.DeploymentId}
		p.loadSnapshot(tx, s.deployment, found)
		if c := s.stage.CanarySettings; c != nil && c.DeploymentId != nil {
			s.canary = deploymentID{id.api, *c.DeploymentId}
			p.loadSnapshot(tx, s.canary, found)
		}
	}
	found.stages[id] = s
}

// loadSnapshot reads the chunks of a deployment's snapshot, unless its plan is known.
func (p *publisher) loadSnapshot(tx store.Tx, id deploymentID, found loaded) {
	if _, done := found.snapshots[id]; done || p.plans[id] != nil {
		return
	}
	var encoded []byte
	for _, chunk := range tx.Scan(id.api.Snapshot(id.id), "") {
		encoded = append(encoded, chunk...)
	}
	found.snapshots[id] = encoded
}

// compiled is a deployment's plan, or why there is none.
type compiled struct {
	plan     *plan.Plan
	findings plan.Diagnostics
	err      error
	took     time.Duration
}

// compileAll compiles the snapshots that were found, on all processors, and keeps the
// plans. It returns what keeps the other deployments from being served.
func (p *publisher) compileAll(ctx context.Context, found loaded) map[deploymentID]error {
	ids := slices.SortedFunc(maps.Keys(found.snapshots), deploymentID.compare)
	results := make([]compiled, len(ids))
	var wg sync.WaitGroup
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, id := range ids {
		running <- struct{}{}
		wg.Go(func() {
			results[i] = compile(found.snapshots[id])
			<-running
		})
	}
	wg.Wait()

	unusable := map[deploymentID]error{}
	for i, id := range ids {
		p.report(ctx, id.attrs(), results[i].findings)
		if err := results[i].err; err != nil {
			unusable[id] = fmt.Errorf("deployment %s %w", id.id, err)
			continue
		}
		p.plans[id] = results[i].plan
		p.metrics.compileSeconds.Observe(results[i].took.Seconds())
	}
	return unusable
}

// compile makes a plan of an encoded snapshot. Its error continues "deployment x".
func compile(encoded []byte) (c compiled) {
	if encoded == nil {
		return compiled{err: errors.New("has no snapshot")}
	}
	begun := time.Now()
	api, err := snapshot.Decode(encoded)
	if err != nil {
		return compiled{err: fmt.Errorf("has a snapshot that cannot be read: %w", err)}
	}
	c.plan, c.findings = plan.Compile(api)
	c.took = time.Since(begun)
	if c.plan == nil {
		c.err = errors.New("cannot be compiled")
	}
	return c
}

// bind makes a compiled stage of what was loaded.
func (p *publisher) bind(ctx context.Context, id stageID, s source, unusable map[deploymentID]error) (*plan.Stage, error) {
	if s.err != nil {
		return nil, s.err
	}
	for _, deployment := range []deploymentID{s.deployment, s.canary} {
		if err := unusable[deployment]; err != nil {
			return nil, err
		}
	}
	stage, findings := plan.Bind(p.plans[s.deployment], s.stage)
	if stage.Tracing && !p.traces {
		findings = append(findings, plan.Diagnostic{
			Severity: plan.Warning, API: stage.Plan.APIID, Stage: stage.Name, Field: "tracingEnabled",
			Message: "there is no --xray-daemon: requests are sampled and trace headers passed on, but nobody is told of the gateway's part",
		})
	}
	p.report(ctx, id.attrs(), findings)
	if stage == nil {
		return nil, fmt.Errorf("deployment %s cannot be bound to the stage", s.deployment.id)
	}
	if s.canary.id != "" {
		stage, findings = plan.BindCanary(stage, p.plans[s.canary], s.stage)
		p.report(ctx, id.attrs(), findings)
	}
	return stage, nil
}

// report tells what Compile or Bind found.
func (p *publisher) report(ctx context.Context, subject slog.Attr, findings plan.Diagnostics) {
	if p.findings != nil {
		p.findings(findings)
		return
	}
	for _, finding := range findings {
		level := slog.LevelWarn
		if finding.Severity == plan.Error {
			level = slog.LevelError
		}
		p.log.LogAttrs(ctx, level, finding.String(), subject)
	}
}
