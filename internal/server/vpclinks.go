package server

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/integration/vpclink"
)

// vpcLinksName is the member of the configuration file that says what stands behind VPC links. It has no
// flag and no variable.
const vpcLinksName = "vpc_links"

// targetsForm is the long form of the targets of a link; the short one is the list of addresses alone.
type targetsForm struct {
	Targets []string        `yaml:"targets"`
	Balance vpclink.Balance `yaml:"balance"`
	Health  healthForm      `yaml:"health"`
}

// healthForm is the health check of the targets of a link. A protocol alone will do.
type healthForm struct {
	Protocol  vpclink.Protocol `yaml:"protocol"`
	Path      string           `yaml:"path"`
	Interval  time.Duration    `yaml:"interval"`
	Timeout   time.Duration    `yaml:"timeout"`
	Healthy   int              `yaml:"healthy"`
	Unhealthy int              `yaml:"unhealthy"`
}

// UnmarshalYAML reads either form.
func (h *healthForm) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		h.Protocol = vpclink.Protocol(node.Value)
		return nil
	}
	type form healthForm // without this method
	return decodeStrictly(node, (*form)(h), "protocol", "path", "interval", "timeout", "healthy", "unhealthy")
}

// readVPCLinks reads the mapping from links to targets. The error joins all problems, each with its place.
func readVPCLinks(path string, node *yaml.Node) (map[string]vpclink.Targets, error) {
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: %s: not a mapping of links to targets", path, node.Line, vpcLinksName)
	}
	links := map[string]vpclink.Targets{}
	var problems []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		targets, err := readTargets(node.Content[i+1])
		if _, twice := links[name]; twice && err == nil {
			err = errors.New("named twice")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %s: %w", path, node.Content[i].Line, vpcLinksName, name, err))
			continue
		}
		links[name] = targets
	}
	return links, errors.Join(problems...)
}

// readTargets reads the targets of a link.
func readTargets(node *yaml.Node) (vpclink.Targets, error) {
	var form targetsForm
	var err error
	switch node.Kind {
	case yaml.SequenceNode:
		err = node.Decode(&form.Targets)
	case yaml.MappingNode:
		err = decodeStrictly(node, &form, "targets", "balance", "health")
	default:
		err = errors.New("neither a list of addresses nor a mapping with targets")
	}
	if err != nil {
		return vpclink.Targets{}, err
	}
	h := form.Health
	targets := vpclink.Targets{
		Addresses: form.Targets, Balance: form.Balance,
		Health: vpclink.HealthCheck{
			Protocol: h.Protocol, Path: h.Path, Interval: h.Interval, Timeout: h.Timeout, Rise: h.Healthy, Fall: h.Unhealthy,
		},
	}
	return targets, targets.Validate()
}

// decodeStrictly decodes a mapping that may have the members named and no others.
func decodeStrictly(node *yaml.Node, into any, members ...string) error {
	if node.Kind != yaml.MappingNode {
		return errors.New("not a mapping")
	}
	for i := 0; i < len(node.Content); i += 2 {
		known := false
		for _, member := range members {
			known = known || node.Content[i].Value == member
		}
		if !known {
			return fmt.Errorf("line %d: there is no %s", node.Content[i].Line, node.Content[i].Value)
		}
	}
	return node.Decode(into)
}
