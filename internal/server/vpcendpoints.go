package server

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/authorize"
)

// vpcEndpointsName is the member of the configuration file that says which clients come through which interface
// VPC endpoint. It has no flag and no variable.
const vpcEndpointsName = "vpc_endpoints"

// endpointForm is an endpoint: the VPC that it is in, and the addresses of the clients behind it.
type endpointForm struct {
	VPC       string   `yaml:"vpc"`
	Addresses []string `yaml:"addresses"`
}

var (
	endpointIDPattern = regexp.MustCompile(`^vpce-[0-9a-z]+$`)
	vpcIDPattern      = regexp.MustCompile(`^vpc-[0-9a-z]+$`)
)

// readVPCEndpoints reads the mapping from endpoints, by id, to the networks behind them. The error joins all
// problems, each with its place.
func readVPCEndpoints(path string, node *yaml.Node) (map[authorize.Endpoint][]netip.Prefix, error) {
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: %s: not a mapping of VPC endpoints to addresses", path, node.Line, vpcEndpointsName)
	}
	endpoints := map[authorize.Endpoint][]netip.Prefix{}
	named := map[string]bool{}
	var problems []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		id := node.Content[i].Value
		endpoint, prefixes, err := readVPCEndpoint(id, node.Content[i+1])
		if named[id] {
			err = errors.New("named twice")
		}
		named[id] = true
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %s: %w", path, node.Content[i].Line, vpcEndpointsName, id, err))
			continue
		}
		endpoints[endpoint] = prefixes
	}
	return endpoints, errors.Join(problems...)
}

// readVPCEndpoint reads one endpoint.
func readVPCEndpoint(id string, node *yaml.Node) (authorize.Endpoint, []netip.Prefix, error) {
	var form endpointForm
	if err := decodeStrictly(node, &form, "vpc", "addresses"); err != nil {
		return authorize.Endpoint{}, nil, err
	}
	switch {
	case !endpointIDPattern.MatchString(id):
		return authorize.Endpoint{}, nil, errors.New("an endpoint's id has the form vpce-0a1b2c3d")
	case form.VPC != "" && !vpcIDPattern.MatchString(form.VPC):
		return authorize.Endpoint{}, nil, fmt.Errorf("vpc: %q has not the form vpc-0a1b2c3d", form.VPC)
	case len(form.Addresses) == 0:
		return authorize.Endpoint{}, nil, errors.New("addresses: there are none")
	}
	var prefixes []netip.Prefix
	for _, text := range form.Addresses {
		prefix, err := parsePrefix(text)
		if err != nil {
			return authorize.Endpoint{}, nil, fmt.Errorf("addresses: %q is neither an address nor a prefix, such as 10.0.0.0/8", text)
		}
		prefixes = append(prefixes, prefix)
	}
	return authorize.Endpoint{ID: id, VPC: form.VPC}, prefixes, nil
}
