package server

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/sluice-gateway/sluice/internal/authorize/cognito"
)

// userPoolsName is the member of the configuration file that says who signs the tokens of user pools, where it
// is not Cognito itself. It has no flag and no variable.
const userPoolsName = "cognito"

// issuerForm is what stands in for a user pool; an issuer alone will do.
type issuerForm struct {
	Issuer   string `yaml:"issuer"`
	JWKS     string `yaml:"jwks"`
	TokenUse string `yaml:"token_use"`
}

// The values of token_use.
const (
	useRequired = "required"
	useOptional = "optional"
)

// readUserPools reads the mapping from user pools, by id or ARN, to issuers. The error joins all problems, each
// with its place.
func readUserPools(path string, node *yaml.Node) (map[string]cognito.Issuer, error) {
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: %s: not a mapping of user pools to issuers", path, node.Line, userPoolsName)
	}
	issuers := map[string]cognito.Issuer{}
	var problems []error
	for i := 0; i+1 < len(node.Content); i += 2 {
		name := node.Content[i].Value
		issuer, err := readIssuer(node.Content[i+1])
		if _, twice := issuers[name]; twice && err == nil {
			err = errors.New("named twice")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %s: %s: %w", path, node.Content[i].Line, userPoolsName, name, err))
			continue
		}
		issuers[name] = issuer
	}
	return issuers, errors.Join(problems...)
}

// readIssuer reads what stands in for a user pool.
func readIssuer(node *yaml.Node) (cognito.Issuer, error) {
	form := issuerForm{Issuer: node.Value}
	if node.Kind != yaml.ScalarNode {
		if err := decodeStrictly(node, &form, "issuer", "jwks", "token_use"); err != nil {
			return cognito.Issuer{}, err
		}
	}
	switch form.TokenUse {
	case "", useRequired, useOptional:
	default:
		return cognito.Issuer{}, fmt.Errorf("token_use: %q is neither %s nor %s", form.TokenUse, useRequired, useOptional)
	}
	issuer := cognito.Issuer{URL: form.Issuer, KeysURL: form.JWKS, AnyUse: form.TokenUse == useOptional}
	return issuer, issuer.Validate()
}
