package control

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// errNoVPCLink answers requests for a VPC link that does not exist.
//
// Observed: GetVpcLink of an unknown id.
var errNoVPCLink = apigw.NotFound("Invalid Vpc Link identifier specified")

// networkLoadBalancer is the ARN of what a VPC link leads to.
var networkLoadBalancer = regexp.MustCompile(`^arn:[a-z0-9-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer/net/.+$`)

// createVpcLink makes a VPC link. There is nothing to provision: the answer says PENDING, as the
// service's does, and the link is AVAILABLE or FAILED for whoever asks next.
func (c *Control) createVpcLink(ctx context.Context, in *apigw.CreateVpcLinkRequest) (*apigw.VpcLink, error) {
	return publish(ctx, c, func(t *tx) (*apigw.VpcLink, error) {
		if err := checkVPCLink(in.Name, in.TargetArns); err != nil {
			return nil, err
		}
		if err := checkTags(in.Tags); err != nil {
			return nil, err
		}
		id, err := t.freshID(partIDLength, t.space.VPCLink)
		if err != nil {
			return nil, err
		}
		link := &apigw.VpcLink{Id: &id, Name: &in.Name, TargetArns: in.TargetArns, Status: new(apigw.VpcLinkStatusAvailable)}
		if apigw.Value(in.Description) != "" {
			link.Description = in.Description
		}
		if len(in.Tags) > 0 {
			link.Tags = in.Tags
		}
		if !networkLoadBalancer.MatchString(in.TargetArns[0]) {
			// Observed: the text of the service for the ARN of another kind of load balancer.
			link.Status, link.StatusMessage = new(apigw.VpcLinkStatusFailed), new("NLB ARN is malformed")
		}
		if err := save(t, t.space.VPCLink(id), link); err != nil {
			return nil, err
		}
		shown := *link
		shown.Status, shown.StatusMessage = new(apigw.VpcLinkStatusPending), nil
		return &shown, nil
	})
}

// checkVPCLink says whether a VPC link may have a name and targets. The name is judged first.
func checkVPCLink(name string, targets []string) error {
	if name == "" {
		return errNoVPCLinkName
	}
	switch len(targets) {
	case 0:
		return apigw.BadRequest("No target arn specified for vpc link.")
	case 1:
	default:
		return apigw.BadRequest("More than one target arn specified for vpc link.")
	}
	if _, ok := parseARN(targets[0]); !ok {
		return apigw.BadRequest("Invalid ARN. ARN is not well formed " + targets[0])
	}
	return nil
}

// errNoVPCLinkName answers a VPC link without name.
var errNoVPCLinkName = apigw.BadRequest("Name cannot be empty")

func (c *Control) getVpcLink(ctx context.Context, in *apigw.GetVpcLinkRequest) (*apigw.VpcLink, error) {
	return read(ctx, c, func(t *tx) (*apigw.VpcLink, error) {
		link, err := t.vpcLink(in.VpcLinkId)
		if err != nil {
			return nil, err
		}
		return shownVPCLink(link), nil
	})
}

// vpcLink returns a VPC link of the caller's.
func (t *tx) vpcLink(id string) (*apigw.VpcLink, error) {
	return loadOr[apigw.VpcLink](t, t.space.VPCLink(id), errNoVPCLink)
}

// shownVPCLink returns a link as get and update show it: untagged things have empty tags there.
func shownVPCLink(link *apigw.VpcLink) *apigw.VpcLink {
	if link.Tags == nil {
		link.Tags = map[string]string{}
	}
	return link
}

func (c *Control) getVpcLinks(ctx context.Context, in *apigw.GetVpcLinksRequest) (*apigw.VpcLinks, error) {
	return read(ctx, c, func(t *tx) (*apigw.VpcLinks, error) {
		all, err := list[apigw.VpcLink](t, t.space.VPCLinks())
		if err != nil {
			return nil, err
		}
		items, next, err := page(all, func(l *apigw.VpcLink) string { return *l.Id }, in.Limit, in.Position)
		return &apigw.VpcLinks{Items: items, Position: next}, err
	})
}

func (c *Control) updateVpcLink(ctx context.Context, in *apigw.UpdateVpcLinkRequest) (*apigw.VpcLink, error) {
	return publish(ctx, c, func(t *tx) (*apigw.VpcLink, error) {
		link, err := t.vpcLink(in.VpcLinkId)
		if err != nil {
			return nil, err
		}
		if err := vpcLinkPatch.Apply(link, in.PatchOperations); err != nil {
			return nil, err
		}
		if err := save(t, t.space.VPCLink(in.VpcLinkId), link); err != nil {
			return nil, err
		}
		return shownVPCLink(link), nil
	})
}

func (c *Control) deleteVpcLink(ctx context.Context, in *apigw.DeleteVpcLinkRequest) (*apigw.Empty, error) {
	return publish(ctx, c, func(t *tx) (*apigw.Empty, error) {
		if _, err := t.vpcLink(in.VpcLinkId); err != nil {
			return nil, err
		}
		users, err := t.vpcLinkUsers(in.VpcLinkId)
		if err != nil {
			return nil, err
		}
		if len(users) > 0 {
			return nil, apigw.BadRequest(fmt.Sprintf("Cannot delete vpc link. Vpc link '%s', is referenced in [%s] in format of [Method:Resource:Stage].",
				in.VpcLinkId, strings.Join(users, ", ")))
		}
		return &apigw.Empty{}, t.Delete(t.space.VPCLink(in.VpcLinkId))
	})
}

// vpcLinkUsers returns the deployed methods that a VPC link serves, as "{VERB}:{resource id}:{stage}".
// What is not deployed does not count.
func (t *tx) vpcLinkUsers(link string) ([]string, error) {
	var users []string
	err := t.eachStage(func(a *api, s *apigw.Stage) error {
		found, err := a.vpcLinkUsers(link, apigw.Value(s.DeploymentId), s.Variables)
		if err == nil && s.CanarySettings != nil {
			var more []string
			more, err = a.vpcLinkUsers(link, apigw.Value(s.CanarySettings.DeploymentId), mergedVariables(s))
			found = append(found, more...)
		}
		for _, method := range found {
			users = append(users, method+":"+apigw.Value(s.StageName))
		}
		return err
	})
	slices.Sort(users)
	return slices.Compact(users), err
}

// eachStage calls fn with every stage of every API of the space.
func (t *tx) eachStage(fn func(*api, *apigw.Stage) error) error {
	apis, err := list[apigw.RestApi](t, t.space.RestAPIs())
	if err != nil {
		return err
	}
	for i := range apis {
		a := t.place(apigw.Value(apis[i].Id))
		stages, err := list[apigw.Stage](t, a.keys.Stages())
		if err != nil {
			return err
		}
		for j := range stages {
			if err := fn(a, &stages[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// vpcLinkUsers returns the methods of a deployment that a VPC link serves with those stage variables.
func (a *api) vpcLinkUsers(link, deployment string, variables map[string]string) ([]string, error) {
	text, err := a.snapshotText(deployment)
	if err != nil || !bytes.Contains(text, []byte(apigw.ConnectionTypeVpcLink)) {
		return nil, err
	}
	frozen, err := a.decodeSnapshot(deployment, text)
	if err != nil {
		return nil, err
	}
	var users []string
	for _, r := range frozen.Resources {
		for verb, m := range r.Methods {
			i := m.MethodIntegration
			if i != nil && usesVPCLink(i) && foldVariables(apigw.Value(i.ConnectionId), variables) == link {
				users = append(users, verb+":"+r.ID)
			}
		}
	}
	return users, nil
}

// usesVPCLink reports whether the back end is reached through a VPC link.
func usesVPCLink(i *apigw.Integration) bool {
	return apigw.Value(i.ConnectionType) == apigw.ConnectionTypeVpcLink
}

// foldVariables replaces the references to stage variables in a text by their values.
func foldVariables(text string, variables map[string]string) string {
	return stageVariable.ReplaceAllStringFunc(text, func(reference string) string {
		return variables[reference[len("${stageVariables."):len(reference)-1]]
	})
}

// checkVPCLinkState says whether an integration that is about to be deployed has a VPC link that works.
// One that a stage variable names is known only when it is called.
//
// AWS: "Set up API Gateway private integrations".
func (t *tx) checkVPCLinkState(i *apigw.Integration) error {
	id := apigw.Value(i.ConnectionId)
	if !usesVPCLink(i) || stageVariable.MatchString(id) {
		return nil
	}
	link, err := load[apigw.VpcLink](t, t.space.VPCLink(id))
	switch {
	case err != nil:
		return err
	case link == nil && t.rules.knownLink(id):
		return nil
	case link == nil:
		return apigw.BadRequest("Invalid Vpc Link identifier specified")
	}
	switch status := apigw.Value(link.Status); status {
	case apigw.VpcLinkStatusFailed, apigw.VpcLinkStatusDeleting:
		return apigw.BadRequest(fmt.Sprintf("Vpc link '%s' is in status %s", id, status))
	}
	return nil
}

// vpcLinkPatch is what UpdateVpcLink may change. The target is not among it.
var vpcLinkPatch = patch.Table[apigw.VpcLink]{
	Resource: "VpcLink",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.VpcLink]{
		{
			Path: "/name", Ops: patch.Replace, Value: "text",
			Apply: func(l *apigw.VpcLink, c patch.Change) error {
				if c.Text() == "" {
					return errNoVPCLinkName
				}
				l.Name = c.Value
				return nil
			},
		},
		patch.Text("/description", func(l *apigw.VpcLink) **string { return &l.Description }),
	},
}
