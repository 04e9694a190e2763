package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/authorize/iam"
	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
	"github.com/sluice-gateway/sluice/internal/plan"
	"github.com/sluice-gateway/sluice/internal/snapshot"
	"github.com/sluice-gateway/sluice/internal/store"
	"github.com/sluice-gateway/sluice/internal/store/memstore"
	"github.com/sluice-gateway/sluice/internal/usageplan"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// published is a publisher over a store in memory, with what it has swapped in.
type published struct {
	*publisher
	t     *testing.T
	swaps atomic.Int64
	log   *strings.Builder
}

// newPublished runs a publisher for the test.
func newPublished(t *testing.T, s store.Store) *published {
	t.Helper()
	p := &published{t: t, log: &strings.Builder{}}
	p.publisher = &publisher{
		store: s, swap: func(*gateway.Table) { p.swaps.Add(1) },
		log:      slog.New(slog.NewTextHandler(p.log, nil)),
		metrics:  newMetrics("test"),
		progress: newProgress(), directory: newDirectory(slog.New(slog.DiscardHandler), func(map[vpclink.Key]vpclink.Link) {}),
		principals: &principals{set: func(*iam.Index) {}, log: slog.New(slog.DiscardHandler)},
		usagePlans: newUsagePlans(func(*usageplan.Index) {}, func(context.Context, []string) error { return nil }, slog.New(slog.DiscardHandler)),
		stages:     map[stageID]*plan.Stage{}, plans: map[deploymentID]*plan.Plan{},
	}
	p.domains = &domainNames{log: p.publisher.log}
	ctx, cancel := context.WithCancel(t.Context())
	changes, err := s.Watch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.start(ctx, changes); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { p.run(ctx, changes); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

// update changes the store and waits until the publisher has seen it.
func (p *published) update(fn func(tx store.Tx) error) {
	p.t.Helper()
	revision, err := p.store.Update(p.t.Context(), fn)
	if err == nil {
		err = p.progress.wait(p.t.Context(), revision)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// wantStages fails the test unless the stages are "region/api/stage=deployment".
func (p *published) wantStages(want ...string) {
	p.t.Helper()
	var got []string
	for id, stage := range p.stages {
		got = append(got, fmt.Sprintf("%s/%s/%s=%s", id.api.Region, id.api.ID, id.name, stage.Plan.DeploymentID))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("stages (-want +got):\n%s", diff)
	}
}

// putDeployment stores the snapshot of an API with one resource, in pieces.
func putDeployment(tx store.Tx, api store.API, deployment string) error {
	encoded, err := snapshot.Encode(&snapshot.API{
		AccountID: api.Account, Region: api.Region, Partition: "aws", DeploymentID: deployment,
		RestAPI:   apigw.RestApi{Id: &api.ID},
		Resources: []snapshot.Resource{{ID: "root", Path: "/"}},
	})
	if err != nil {
		return err
	}
	half := len(encoded) / 2
	return errors.Join(
		tx.Put(api.Key(), []byte("{}")),
		tx.Put(api.SnapshotChunk(deployment, 0), encoded[:half]),
		tx.Put(api.SnapshotChunk(deployment, 1), encoded[half:]),
	)
}

// putStage stores a stage.
func putStage(tx store.Tx, api store.API, name, deployment string) error {
	stage := apigw.Stage{StageName: &name}
	if deployment != "" {
		stage.DeploymentId = &deployment
	}
	value, err := json.Marshal(stage)
	if err != nil {
		return err
	}
	return tx.Put(api.Stage(name), value)
}

func TestPublisherFollowsTheStore(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	east, west := store.In("000000000000", "us-east-1").API("a"), store.In("000000000000", "us-west-2").API("b")
	if _, err := s.Update(t.Context(), func(tx store.Tx) error {
		return errors.Join(putDeployment(tx, east, "d1"), putStage(tx, east, "dev", "d1"), putStage(tx, east, "prod", "d1"))
	}); err != nil {
		t.Fatal(err)
	}

	p := newPublished(t, s)
	p.wantStages("us-east-1/a/dev=d1", "us-east-1/a/prod=d1")
	first := p.stages[stageID{east, "dev"}].Plan

	// Another region, and a new deployment on one of two stages.
	p.update(func(tx store.Tx) error {
		return errors.Join(putDeployment(tx, west, "d1"), putStage(tx, west, "dev", "d1"),
			putDeployment(tx, east, "d2"), putStage(tx, east, "dev", "d2"))
	})
	p.wantStages("us-east-1/a/dev=d2", "us-east-1/a/prod=d1", "us-west-2/b/dev=d1")
	if p.stages[stageID{east, "prod"}].Plan != first {
		t.Error("the plan of a deployment that two stages had was compiled again")
	}

	// A change of settings binds the same plan again.
	second := p.stages[stageID{east, "dev"}]
	p.update(func(tx store.Tx) error { return putStage(tx, east, "dev", "d2") })
	if got := p.stages[stageID{east, "dev"}]; got == second || got.Plan != second.Plan {
		t.Error("want a new stage on the same plan")
	}

	// Stages that go, and plans that nobody uses any more.
	p.update(func(tx store.Tx) error {
		return errors.Join(tx.Delete(west.Stage("dev")), tx.Delete(west.Key()), tx.Delete(east.Stage("prod")))
	})
	p.wantStages("us-east-1/a/dev=d2")
	if len(p.plans) != 1 {
		t.Errorf("%d plans are kept for one stage", len(p.plans))
	}
}

func TestPublisherIgnoresWhatIsNotServed(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	p := newPublished(t, s)
	before := p.swaps.Load()
	api := store.In("000000000000", "us-east-1").API("a")
	p.update(func(tx store.Tx) error {
		return errors.Join(tx.Put(api.Resource("r"), []byte("{}")), putDeployment(tx, api, "d1"))
	})
	if got := p.swaps.Load(); got != before {
		t.Errorf("the table was swapped %d times for a commit without stages", got-before)
	}
}

func TestPublisherKeepsWhatWorks(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	api := store.In("000000000000", "us-east-1").API("a")
	p := newPublished(t, s)
	p.update(func(tx store.Tx) error {
		return errors.Join(putDeployment(tx, api, "d1"), putStage(tx, api, "dev", "d1"))
	})
	tests := []struct {
		name   string
		damage func(tx store.Tx) error
		want   string
	}{
		{"no snapshot", func(tx store.Tx) error { return putStage(tx, api, "dev", "gone") }, "deployment gone has no snapshot"},
		{"no deployment", func(tx store.Tx) error { return putStage(tx, api, "dev", "") }, "it has no deployment"},
		{"a record that is no JSON", func(tx store.Tx) error { return tx.Put(api.Stage("dev"), []byte("{")) }, "unexpected end of JSON"},
		{"a snapshot that cannot be read", func(tx store.Tx) error {
			return errors.Join(tx.Put(api.SnapshotChunk("odd", 0), []byte("{}")), putStage(tx, api, "dev", "odd"))
		}, "deployment odd has a snapshot that cannot be read"},
		{"resources that are no tree", func(tx store.Tx) error {
			encoded, err := snapshot.Encode(&snapshot.API{DeploymentID: "d3", Resources: []snapshot.Resource{{ID: "x", Path: "no/slash"}}})
			return errors.Join(err, tx.Put(api.SnapshotChunk("d3", 0), encoded), putStage(tx, api, "dev", "d3"))
		}, "deployment d3 cannot be compiled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p.log.Reset()
			p.update(tt.damage)
			p.wantStages("us-east-1/a/dev=d1")
			if log := p.log.String(); !strings.Contains(log, tt.want) || !strings.Contains(log, "stage.api=a stage.name=dev") {
				t.Errorf("the log does not say %q of the stage:\n%s", tt.want, log)
			}
		})
	}
	p.update(func(tx store.Tx) error {
		return errors.Join(putDeployment(tx, api, "d2"), putStage(tx, api, "dev", "d2"))
	})
	p.wantStages("us-east-1/a/dev=d2")
}

// TestPublisherSharedID has the same API id in two regions, which pinned ids allow.
func TestPublisherSharedID(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	p := newPublished(t, s)
	before := p.swaps.Load()
	p.update(func(tx store.Tx) error {
		var errs []error
		for _, region := range []string{"us-east-1", "us-west-2"} {
			api := store.In("000000000000", region).API("same")
			errs = append(errs, putDeployment(tx, api, "d"), putStage(tx, api, "dev", "d"))
		}
		return errors.Join(errs...)
	})
	if p.swaps.Load() != before+1 || !strings.Contains(p.log.String(), "another account's or region's") {
		t.Errorf("got %d swaps and the log:\n%s", p.swaps.Load()-before, p.log)
	}
}

func TestProgress(t *testing.T) {
	p := newProgress()
	failure := errors.New("broken")
	p.advance(3, nil)
	if err := p.wait(t.Context(), 3); err != nil {
		t.Errorf("got error %v for a revision that is reached", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.wait(ctx, 4); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	waited := make(chan error)
	go func() { waited <- p.wait(t.Context(), 5) }()
	p.advance(4, nil)
	p.advance(5, failure)
	if err := <-waited; !errors.Is(err, failure) {
		t.Errorf("got error %v, want %v", err, failure)
	}
}

// The deployment of a canary is compiled with the stage, kept while the canary is there, and forgotten with it.
func TestPublisherServesCanaries(t *testing.T) {
	s := memstore.New()
	defer func() { _ = s.Close() }()
	api := store.In("000000000000", "us-east-1").API("a")
	putCanary := func(tx store.Tx, deployment string) error {
		value, err := json.Marshal(apigw.Stage{
			StageName: new("dev"), DeploymentId: new("d1"),
			CanarySettings: &apigw.CanarySettings{DeploymentId: &deployment, PercentTraffic: new(50.0)},
		})
		return errors.Join(err, tx.Put(api.Stage("dev"), value))
	}
	p := newPublished(t, s)
	p.update(func(tx store.Tx) error {
		return errors.Join(putDeployment(tx, api, "d1"), putDeployment(tx, api, "d2"), putCanary(tx, "d2"))
	})
	canary := p.stages[stageID{api, "dev"}].Canary
	if canary == nil || canary.Percent != 50 || canary.Stage.Plan.DeploymentID != "d2" || len(p.plans) != 2 {
		t.Fatalf("canary %+v with %d plans, want half of the requests to d2, and two plans", canary, len(p.plans))
	}
	p.update(func(tx store.Tx) error { return putCanary(tx, "gone") })
	if got := p.stages[stageID{api, "dev"}].Canary; got != canary {
		t.Errorf("a canary that can't be served replaced one that can: %+v", got)
	}
	p.update(func(tx store.Tx) error { return putStage(tx, api, "dev", "d1") })
	if stage := p.stages[stageID{api, "dev"}]; stage.Canary != nil || len(p.plans) != 1 {
		t.Errorf("canary %+v with %d plans, want none and one", stage.Canary, len(p.plans))
	}
}
