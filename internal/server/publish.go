package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/store"
)

// publisher keeps the gateway's table equal to the stages in the store. It is the place
// where the control plane and the data plane meet: it follows the change feed, loads the
// stages that a commit touched with the snapshots of their deployments, compiles and binds
// them, and swaps the table.
//
// Deployments never change, so a plan is compiled once and kept while a stage uses it. A
// stage that cannot be loaded or bound keeps what it had, and the log says why.
type publisher struct {
	store    store.Store
	swap     func(*gateway.Table)
	log      *slog.Logger
	metrics  *metrics
	suffixes []string
	findings func(plan.Diagnostics) // nil where they go to the log

	// The stage that is also served at the root path, if an API is named.
	rootAPI, rootStage string

	progress   *progress
	directory  *directory
	principals *principals
	usagePlans *usagePlans

	domains *domainNames

	traces bool // traces go somewhere

	// What follows belongs to the goroutine that runs the publisher.
	stages map[stageID]*plan.Stage
	plans  map[deploymentID]*plan.Plan
}

// stageID names a stage among all accounts and regions.
type stageID struct {
	api  store.API
	name string
}

// compare orders stages by account, region, API and name.
func (a stageID) compare(b stageID) int {
	return cmp.Or(compareAPIs(a.api, b.api), cmp.Compare(a.name, b.name))
}

// attrs says in the log which stage is meant.
func (a stageID) attrs() slog.Attr {
	return slog.Group("stage", "account", a.api.Account, "region", a.api.Region, "api", a.api.ID, "name", a.name)
}

// deploymentID names a deployment among all accounts and regions.
type deploymentID struct {
	api store.API
	id  string
}

// compare orders deployments by account, region, API and id.
func (a deploymentID) compare(b deploymentID) int {
	return cmp.Or(compareAPIs(a.api, b.api), cmp.Compare(a.id, b.id))
}

// attrs says in the log which deployment is meant.
func (a deploymentID) attrs() slog.Attr {
	return slog.Group("deployment", "account", a.api.Account, "region", a.api.Region, "api", a.api.ID, "id", a.id)
}

// compareAPIs orders APIs by account, region and id.
func compareAPIs(a, b store.API) int {
	return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.ID, b.ID))
}

// run applies changes until the feed ends. The first is applied by start.
func (p *publisher) run(ctx context.Context, changes <-chan store.Change) {
	for change := range changes {
		p.apply(ctx, gather(change, changes))
	}
}

// start applies the first change of a feed, so that the table is whole before the gateway
// serves.
func (p *publisher) start(ctx context.Context, changes <-chan store.Change) error {
	select {
	case change, ok := <-changes:
		if !ok {
			return store.ErrClosed
		}
		return p.apply(ctx, gather(change, nil))
	case <-ctx.Done():
		return ctx.Err()
	}
}

// update is what one or several changes mean for the table.
type update struct {
	revision store.Revision
	all      bool // every stage is to be looked at
	domains  bool // custom domain names, their mappings or associations changed

	directory  bool             // VPC links or client certificates changed
	principals bool             // principals or access keys changed
	usagePlans []store.Key      // of API keys, usage plans and usage plan keys that changed
	stages     map[stageID]bool // otherwise these
}

// gather makes one update of a change and of those that wait behind it.
func gather(change store.Change, more <-chan store.Change) update {
	u := update{stages: map[stageID]bool{}}
	for ok := true; ok; {
		u.revision = change.Revision
		u.all = u.all || change.Resync
		for _, key := range change.Keys {
			name, _ := key.Name()
			switch name.Kind {
			case store.KindStage:
				u.stages[stageID{name.API, name.Last()}] = true
			case store.KindDomainName, store.KindBasePathMapping, store.KindAccessAssociation:
				u.domains = true
			case store.KindVPCLink, store.KindClientCertificate:
				u.directory = true
			case store.KindAPIKey, store.KindUsagePlan, store.KindUsagePlanKey:
				u.usagePlans = append(u.usagePlans, key)
			case store.KindPrincipal, store.KindAccessKey:
				u.principals = true
			}
		}
		select {
		case change, ok = <-more:
		default:
			ok = false
		}
	}
	return u
}

// apply brings the table up to date and tells those who wait for it.
func (p *publisher) apply(ctx context.Context, u update) error {
	begun := time.Now()
	changed := false
	err := errors.Join(p.directory.refresh(ctx, p.store, u), p.principals.refresh(ctx, p.store, u), p.usagePlans.refresh(ctx, p.store, u))
	if err == nil {
		changed, err = p.refresh(ctx, u)
	}
	if err == nil {
		var renamed bool
		renamed, err = p.domains.refresh(ctx, p.store, u)
		changed = changed || renamed
	}
	if err == nil && changed {
		err = p.publish()
	}
	if err != nil {
		p.metrics.publishFailures.Inc()
		p.log.ErrorContext(ctx, "stages could not be brought up to date", "revision", u.revision, "error", err)
	} else if changed {
		p.metrics.publishSeconds.Observe(time.Since(begun).Seconds())
		p.log.DebugContext(ctx, "stages are up to date", "revision", u.revision, "stages", len(p.stages), "took", time.Since(begun))
	}
	p.progress.advance(u.revision, err)
	return err
}

// refresh loads, compiles and binds what the update names. It reports whether a stage changed.
func (p *publisher) refresh(ctx context.Context, u update) (changed bool, err error) {
	if !u.all && len(u.stages) == 0 {
		return false, nil
	}
	found, err := p.load(ctx, u)
	if err != nil {
		return false, err
	}
	for id := range p.stages {
		if _, exists := found.stages[id]; !exists && (u.all || u.stages[id]) {
			delete(p.stages, id)
			changed = true
		}
	}
	unusable := p.compileAll(ctx, found)
	for _, id := range slices.SortedFunc(maps.Keys(found.stages), stageID.compare) {
		stage, err := p.bind(ctx, id, found.stages[id], unusable)
		if err != nil {
			p.metrics.publishFailures.Inc()
			p.log.ErrorContext(ctx, "the stage keeps what it had", id.attrs(), "error", err)
			continue
		}
		p.stages[id] = stage
		changed = true
	}
	p.forgetPlans()
	return changed, nil
}

// forgetPlans drops the plans that no stage uses any more.
func (p *publisher) forgetPlans() {
	used := make(map[*plan.Plan]bool, len(p.stages))
	for _, stage := range p.stages {
		used[stage.Plan] = true
		if stage.Canary != nil {
			used[stage.Canary.Stage.Plan] = true
		}
	}
	maps.DeleteFunc(p.plans, func(_ deploymentID, compiled *plan.Plan) bool { return !used[compiled] })
}

// publish swaps the gateway's table for one of the stages as they are.
func (p *publisher) publish() error {
	config := gateway.TableConfig{Suffixes: p.suffixes}
	owners := map[string]store.API{}
	for _, id := range slices.SortedFunc(maps.Keys(p.stages), stageID.compare) {
		owner, taken := owners[id.api.ID]
		if taken && owner != id.api {
			p.log.Error("the id of this API is that of another account's or region's; its stage is not served",
				id.attrs(), "owner-account", owner.Account, "owner-region", owner.Region)
			continue
		}
		owners[id.api.ID] = id.api
		config.Stages = append(config.Stages, p.stages[id])
		if id.api.ID == p.rootAPI && id.name == p.rootStage {
			config.Root = p.stages[id]
		}
	}
	config.Domains = p.domains.domains(owners)
	table, err := gateway.NewTable(config)
	if err != nil {
		return fmt.Errorf("make the table: %w", err)
	}
	p.swap(table)
	if p.domains.setHosts != nil {
		p.domains.setHosts(p.domains.hosts(p.stages))
	}
	p.metrics.apis.retain(config.Stages)
	p.metrics.stages.Set(float64(len(config.Stages)))
	return nil
}
