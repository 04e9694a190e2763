// Package awsaction reads the URIs of integrations with AWS services and knows the request that each
// form of them stands for.
//
// A URI names a service and either a path of the service or one of its actions. It says nothing of
// where the service is or who calls it: that is package signing. Start reading at [Parse]; protocol.go
// is the table of how services are told an action.
package awsaction

import (
	"strings"

	"github.com/sluice-gateway/sluice/internal/integration"
)

// Action is the request that a URI stands for. Path, Query, Target and the service's Subdomain may
// hold {NAME} placeholders.
type Action struct {
	Service integration.Service // without Credentials
	Path    string              // with its leading slash
	Query   string              // without "?"

	Target      string // X-Amz-Target, or "" where the request has none of its own
	ContentType string // of the body unless a mapping says otherwise; "" is the usual one
}

// Parse reads arn:{partition}:apigateway:{region}:{subdomain.}{service}:{path|action}/{rest}, with
// stage variables already replaced. It reports false for any other text.
//
// AWS: Integration (API reference), uri.
func Parse(uri string) (Action, bool) {
	parts := strings.SplitN(uri, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" {
		return Action{}, false
	}
	a := Action{Service: integration.Service{Name: parts[4], Partition: parts[1], Region: parts[3]}}
	if dot := strings.LastIndexByte(parts[4], '.'); dot >= 0 {
		a.Service.Subdomain, a.Service.Name = parts[4][:dot], parts[4][dot+1:]
	}
	if !isLabel(a.Service.Name) || !isLabel(a.Service.Partition) || !isLabel(a.Service.Region) {
		return Action{}, false
	}
	if path, ok := strings.CutPrefix(parts[5], "path/"); ok {
		a.setPath(path)
		return a, true
	}
	action, ok := strings.CutPrefix(parts[5], "action/")
	if !ok || action == "" {
		return Action{}, false
	}
	return a, a.setAction(action)
}

// setPath makes the request for a path of the service. Several slashes before it are as good as one.
//
// AWS: Tutorial: Create a REST API as an Amazon S3 proxy (its exported definition has "path//").
func (a *Action) setPath(path string) {
	path, a.Query, _ = strings.Cut(path, "?")
	a.Path = "/" + strings.TrimLeft(path, "/")
}

// setAction makes the request for an action, "Name" or "Name&parameter=value&...". Services with a
// JSON protocol are told by X-Amz-Target, S3 by the path, all others by the query string. It reports false
// for an action of S3 that is not known.
//
// AWS: Tutorial: Create a REST API with an AWS integration; PutIntegration (API reference), uri.
func (a *Action) setAction(action string) bool {
	a.Path = "/"
	name, parameters := action, ""
	if i := strings.IndexAny(action, "&?"); i >= 0 {
		name, parameters = action[:i], action[i+1:]
	}
	if a.Service.Name == "s3" {
		return a.setObject(name, parameters)
	}
	if p, ok := a.protocol(); ok {
		a.Target, a.ContentType, a.Query = p.target+name, p.contentType, parameters
		return true
	}
	a.Query = "Action=" + name
	if version := versions[a.Service.Name]; version != "" && !strings.Contains("&"+parameters, "&Version=") {
		a.Query += "&Version=" + version
	}
	if parameters != "" {
		a.Query += "&" + parameters
	}
	return true
}

// setObject makes the request for an action of S3: the parameters Bucket and Key are its path, what tells the action apart and all other
// parameters its query. It reports false for an action that is not known.
func (a *Action) setObject(name, parameters string) bool {
	subresource, known := objectActions[name]
	if !known {
		return false
	}
	var bucket, key string
	query := []string{subresource}
	for parameter := range strings.SplitSeq(parameters, "&") {
		switch name, value, _ := strings.Cut(parameter, "="); name {
		case "Bucket":
			bucket = value
		case "Key":
			key = value
		default:
			query = append(query, parameter)
		}
	}
	path := bucket
	if key != "" {
		path = strings.TrimPrefix(bucket+"/"+key, "/") // the bucket may be the subdomain
	}
	a.Path = "/" + path
	a.Query = strings.Trim(strings.Join(query, "&"), "&")
	return true
}

// isLabel reports whether a text may stand in a host name and in the scope of a signature.
func isLabel(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return text != ""
}
