package control

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

// snapshotChunkBytes is the size of the pieces in which a snapshot is stored. A reader joins them
// in the order of their keys.
const snapshotChunkBytes = 256 << 10

// The refusals of APIs that cannot be deployed.
var (
	errNoMethods           = apigw.BadRequest("The REST API doesn't contain any methods")
	errMethodNotIntegrated = apigw.BadRequest("No integration defined for method")
	errPrivateNoPolicy     = apigw.BadRequest("Private REST API doesn't have a resource policy attached to it")
)

// freeze returns the API as it is now, as deployment d.
func (a *api) freeze(d *apigw.Deployment) (*snapshot.API, error) {
	record, err := a.record()
	if err != nil {
		return nil, err
	}
	private := slices.Contains(record.EndpointConfiguration.Types, apigw.EndpointTypePrivate)
	if private && record.Policy == nil {
		return nil, errPrivateNoPolicy
	}
	frozen := &snapshot.API{
		AccountID: a.caller.AccountID, Region: a.caller.Region, Partition: a.caller.Partition,
		DeploymentID: *d.Id, CreatedDate: *d.CreatedDate, RestAPI: *record,
	}
	if frozen.Resources, err = a.freezeResources(); err != nil {
		return nil, err
	}
	return frozen, a.freezeParts(frozen)
}

// freezeResources returns the API's resources with their methods, parents before children.
func (a *api) freezeResources() ([]snapshot.Resource, error) {
	tree, err := a.resourceTree()
	if err != nil {
		return nil, err
	}
	methods, err := a.methods()
	if err != nil {
		return nil, err
	}
	if len(methods) == 0 {
		return nil, errNoMethods
	}
	byResource := map[string]map[string]apigw.Method{}
	for _, m := range methods {
		if m.MethodIntegration == nil {
			return nil, errMethodNotIntegrated
		}
		if err := a.checkVPCLinkState(m.MethodIntegration); err != nil {
			return nil, err
		}
		if byResource[m.ResourceID] == nil {
			byResource[m.ResourceID] = map[string]apigw.Method{}
		}
		byResource[m.ResourceID][*m.HttpMethod] = m.Method
	}
	var resources []snapshot.Resource
	for _, r := range tree.resources {
		resources = append(resources, snapshot.Resource{
			ID: *r.Id, ParentID: apigw.Value(r.ParentId), PathPart: apigw.Value(r.PathPart), Path: *r.Path, Methods: byResource[*r.Id],
		})
	}
	// A parent's path is a proper beginning of its children's.
	slices.SortFunc(resources, func(x, y snapshot.Resource) int { return cmp.Compare(x.Path, y.Path) })
	return resources, nil
}

// freezeParts adds what methods refer to.
func (a *api) freezeParts(frozen *snapshot.API) (err error) {
	if frozen.Models, err = list[apigw.Model](a.tx, a.keys.Models()); err != nil {
		return err
	}
	if frozen.RequestValidators, err = list[apigw.RequestValidator](a.tx, a.keys.RequestValidators()); err != nil {
		return err
	}
	if frozen.GatewayResponses, err = list[apigw.GatewayResponse](a.tx, a.keys.GatewayResponses()); err != nil {
		return err
	}
	frozen.Authorizers, err = list[apigw.Authorizer](a.tx, a.keys.Authorizers())
	return err
}

// saveSnapshot stores a snapshot in chunks.
func (a *api) saveSnapshot(frozen *snapshot.API) error {
	data, err := snapshot.Encode(frozen)
	if err != nil {
		return err
	}
	n := 0
	for chunk := range slices.Chunk(data, snapshotChunkBytes) {
		if err := a.Put(a.keys.SnapshotChunk(frozen.DeploymentID, n), chunk); err != nil {
			return err
		}
		n++
	}
	return nil
}

// snapshot returns the snapshot of a deployment.
func (a *api) snapshot(deployment string) (*snapshot.API, error) {
	data, err := a.snapshotText(deployment)
	if err != nil {
		return nil, err
	}
	return a.decodeSnapshot(deployment, data)
}

// snapshotText returns the encoded snapshot of a deployment.
func (a *api) snapshotText(deployment string) ([]byte, error) {
	var data []byte
	for _, chunk := range a.Scan(a.keys.Snapshot(deployment), "") {
		data = append(data, chunk...)
	}
	return data, a.Err()
}

// decodeSnapshot decodes the snapshot of a deployment.
func (a *api) decodeSnapshot(deployment string, data []byte) (*snapshot.API, error) {
	frozen, err := snapshot.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("deployment %s of %s: %w", deployment, a.keys.ID, err)
	}
	return frozen, nil
}

// summary returns the methods of a snapshot by path and verb.
func summary(frozen *snapshot.API) map[string]map[string]apigw.MethodSnapshot {
	paths := map[string]map[string]apigw.MethodSnapshot{}
	for _, r := range frozen.Resources {
		for verb, m := range r.Methods {
			if paths[r.Path] == nil {
				paths[r.Path] = map[string]apigw.MethodSnapshot{}
			}
			paths[r.Path][verb] = apigw.MethodSnapshot{AuthorizationType: m.AuthorizationType, ApiKeyRequired: m.ApiKeyRequired}
		}
	}
	return paths
}
