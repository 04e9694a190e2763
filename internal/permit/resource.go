package permit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/store"
)

// addResource adds what conditions see of what an account has at a place: its tags, with those that it inherits,
// and its properties. The store is read only if a policy of the subject asks for one of them. What is not there
// has none.
//
// AWS: API Gateway resources that can be tagged (tag inheritance).
func (q *inquiry) addResource(ctx context.Context, k keys, p place) error {
	if !q.subject.mentions(strings.ToLower(keyResourceTag)) && !q.subject.mentions(strings.ToLower(ofResource)) {
		return nil
	}
	return q.checker.Store.View(ctx, func(tx store.Tx) error {
		r := resource{tx: tx, space: store.In(p.owner, q.caller.Region), properties: properties{k, ofResource}, tags: map[string]string{}}
		if err := r.read(p, q.call.Operation.Name == "PutRestApi"); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(r.tags)) {
			k.add(keyResourceTag+key, r.tags[key])
		}
		return tx.Err()
	})
}

// resource collects what conditions see of a place.
type resource struct {
	properties
	tx    store.Tx
	space store.Space
	tags  map[string]string
}

// read collects what there is at a place. With parts it tells of all methods and authorizers of an API, too.
func (r *resource) read(p place, parts bool) error {
	if len(p.segments) < 2 {
		return nil
	}
	id := p.segments[1]
	switch p.segments[0] {
	case "restapis":
		return r.readAPI(p, r.space.API(id), parts)
	case "domainnames":
		return r.readDomainName(p, id)
	case "apikeys":
		return r.readTags(r.space.APIKey(id))
	case "usageplans":
		return r.readTags(r.space.UsagePlan(id))
	case "clientcertificates":
		return r.readTags(r.space.ClientCertificate(id))
	case "vpclinks":
		return r.readTags(r.space.VPCLink(id))
	}
	return nil
}

// load reads a record. It reports false where there is none.
func load[T any](tx store.Tx, key store.Key) (record T, ok bool, err error) {
	value, ok, err := tx.Get(key)
	if err != nil || !ok {
		return record, false, err
	}
	if err := json.Unmarshal(value, &record); err != nil {
		return record, false, fmt.Errorf("decode record %s: %w", key, err)
	}
	return record, true, nil
}

// readTags collects the tags of a record, which go before those that it inherits.
func (r *resource) readTags(key store.Key) error {
	record, _, err := load[struct {
		Tags map[string]string `json:"tags"`
	}](r.tx, key)
	maps.Copy(r.tags, record.Tags)
	return err
}

// readAPI collects what there is to say of an API, or of a part of it.
func (r *resource) readAPI(p place, api store.API, parts bool) error {
	record, ok, err := load[apigw.RestApi](r.tx, api.Key())
	if err != nil || !ok {
		return err
	}
	maps.Copy(r.tags, record.Tags)
	switch {
	case p.is("restapis", "*"):
		r.api(&record)
		r.apiDefaults()
		if parts {
			return r.readParts(api)
		}
	case p.is("restapis", "*", "authorizers", "*"):
		a, ok, err := load[apigw.Authorizer](r.tx, api.Authorizer(p.segments[3]))
		if ok {
			r.authorizer(&a)
		}
		return err
	case p.is("restapis", "*", "resources", "*", "methods", "*"):
		m, ok, err := load[apigw.Method](r.tx, api.Method(p.segments[3], p.segments[5]))
		if ok {
			r.method(&m)
		}
		return err
	case len(p.segments) > 3 && p.segments[2] == "stages":
		return r.readStage(p, api.Stage(p.segments[3]))
	}
	return nil
}

// readParts collects what there is to say of the methods and authorizers of an API that is imported again.
func (r *resource) readParts(api store.API) error {
	for key := range r.tx.Scan(api.Methods(), "") {
		m, _, err := load[apigw.Method](r.tx, key)
		if err != nil {
			return err
		}
		r.method(&m)
	}
	for key := range r.tx.Scan(api.Authorizers(), "") {
		a, _, err := load[apigw.Authorizer](r.tx, key)
		if err != nil {
			return err
		}
		r.authorizer(&a)
	}
	return nil
}

// readStage collects the tags of a stage and, if the place is the stage itself, where it logs.
func (r *resource) readStage(p place, key store.Key) error {
	stage, ok, err := load[apigw.Stage](r.tx, key)
	if err != nil || !ok {
		return err
	}
	maps.Copy(r.tags, stage.Tags)
	if s := stage.AccessLogSettings; s != nil && p.is("restapis", "*", "stages", "*") {
		r.addText(accessLoggingDestination, apigw.Value(s.DestinationArn))
		r.addText(accessLoggingFormat, apigw.Value(s.Format))
	}
	return nil
}

// readDomainName collects the tags of a domain name and, if the place is the domain name itself, what there is to
// say of it.
func (r *resource) readDomainName(p place, name string) error {
	d, ok, err := load[apigw.DomainName](r.tx, r.space.DomainName(name))
	if err != nil || !ok {
		return err
	}
	maps.Copy(r.tags, d.Tags)
	if !p.is("domainnames", "*") {
		return nil
	}
	r.endpoints(d.EndpointConfiguration)
	if m := d.MutualTlsAuthentication; m != nil {
		r.addText(truststoreURI, apigw.Value(m.TruststoreUri))
		r.addText(truststoreVersion, apigw.Value(m.TruststoreVersion))
	}
	r.addText(securityPolicy, string(apigw.Value(d.SecurityPolicy)))
	r.addText(routingMode, string(apigw.Value(d.RoutingMode)))
	return nil
}

// domainName returns the domain name at a place, nil where there is none.
func (q *inquiry) domainName(ctx context.Context, p place) (found *apigw.DomainName, err error) {
	err = q.checker.Store.View(ctx, func(tx store.Tx) error {
		d, ok, err := load[apigw.DomainName](tx, store.In(p.owner, q.caller.Region).DomainName(p.segments[1]))
		found = nil
		if ok {
			found = &d
		}
		return err
	})
	return found, err
}
