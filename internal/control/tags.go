package control

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/apigw"
)

// The limits of tags.
//
// AWS: "Tag restrictions that apply to API Gateway tags".
const (
	maximumTags     = 50
	maximumTagKey   = 128 // characters
	maximumTagValue = 256 // characters
)

// tagText is what the keys and values of tags are made of.
var tagText = regexp.MustCompile(`^[\p{L}\p{N}\p{Zs}+\-=._:/]*$`)

// checkTags says whether a thing may have tags.
func checkTags(tags map[string]string) error {
	if len(tags) > maximumTags {
		return apigw.BadRequest("Invalid tags specified. A resource may have at most 50 tags.")
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		switch {
		case key == "" || utf8.RuneCountInString(key) > maximumTagKey || !tagText.MatchString(key):
			return apigw.BadRequest("Invalid tag key specified: " + key)
		case strings.HasPrefix(key, "aws:"):
			return apigw.BadRequest("Invalid tag key specified: " + key + ". Keys must not begin with aws:")
		case utf8.RuneCountInString(value) > maximumTagValue || !tagText.MatchString(value):
			return apigw.BadRequest("Invalid tag value specified for key: " + key)
		}
	}
	return nil
}

func (c *Control) tagResource(ctx context.Context, in *apigw.TagResourceRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		return &apigw.Empty{}, t.changeTags(in.ResourceArn, func(tags map[string]string) {
			maps.Copy(tags, in.Tags)
		})
	})
}

func (c *Control) untagResource(ctx context.Context, in *apigw.UntagResourceRequest) (*apigw.Empty, error) {
	return change(ctx, c, func(t *tx) (*apigw.Empty, error) {
		return &apigw.Empty{}, t.changeTags(in.ResourceArn, func(tags map[string]string) {
			for _, key := range in.TagKeys {
				delete(tags, key)
			}
		})
	})
}

func (c *Control) getTags(ctx context.Context, in *apigw.GetTagsRequest) (*apigw.Tags, error) {
	return read(ctx, c, func(t *tx) (*apigw.Tags, error) {
		thing, err := t.tagged(in.ResourceArn)
		if err != nil {
			return nil, err
		}
		return &apigw.Tags{Tags: thing.tags}, nil
	})
}

// changeTags applies fn to the tags of the thing that an ARN names and stores it.
func (t *tx) changeTags(arn string, fn func(tags map[string]string)) error {
	thing, err := t.tagged(arn)
	if err != nil {
		return err
	}
	tags := maps.Clone(thing.tags)
	if tags == nil {
		tags = make(map[string]string)
	}
	fn(tags)
	if err := checkTags(tags); err != nil {
		return err
	}
	if len(tags) == 0 {
		tags = nil
	}
	return thing.save(tags)
}

// tagged is a thing with tags.
type tagged struct {
	tags map[string]string
	save func(tags map[string]string) error
}

// tagged returns the thing that an ARN names.
//
// AWS: "API Gateway Amazon Resource Name (ARN) reference".
func (t *tx) tagged(arn string) (*tagged, error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" || !strings.HasPrefix(parts[5], "/") {
		return nil, apigw.BadRequest("Invalid ARN specified in the request")
	}
	path := strings.Split(parts[5][1:], "/")
	switch {
	case parts[3] != t.space.Region:
		return nil, apigw.BadRequest("Invalid ARN specified in the request: the region is not " + t.space.Region)
	case len(path) == 2 && path[0] == "restapis":
		return t.taggedAPI(path[1])
	case len(path) == 4 && path[0] == "restapis" && path[2] == "stages":
		return t.taggedStage(path[1], path[3])
	case len(path) == 2 && path[0] == "vpclinks":
		return t.taggedVPCLink(path[1])
	case len(path) == 2 && path[0] == "apikeys":
		return t.taggedAPIKey(path[1])
	case len(path) == 2 && path[0] == "usageplans":
		return t.taggedUsagePlan(path[1])
	case len(path) == 2 && path[0] == "clientcertificates":
		return t.taggedClientCertificate(path[1])
	case len(path) == 2 && path[0] == "domainnames":
		return t.taggedDomainName(path[1])
	case len(path) == 5 && path[0] == "domainnameaccessassociations":
		return t.taggedAssociation(arn)
	}
	return nil, apigw.BadRequest("Invalid ARN specified in the request: " + parts[5] + " cannot have tags")
}

func (t *tx) taggedAPI(id string) (*tagged, error) {
	a := t.place(id)
	record, err := a.record()
	if err != nil {
		return nil, err
	}
	return &tagged{record.Tags, func(tags map[string]string) error {
		record.Tags = tags
		return save(t, a.keys.Key(), record)
	}}, nil
}

func (t *tx) taggedStage(api, name string) (*tagged, error) {
	key := t.place(api).keys.Stage(name)
	stage, err := loadOr[apigw.Stage](t, key, errNoStage)
	if err != nil {
		return nil, err
	}
	return &tagged{stage.Tags, func(tags map[string]string) error {
		stage.Tags = tags
		return save(t, key, stage)
	}}, nil
}

func (t *tx) taggedVPCLink(id string) (*tagged, error) {
	link, err := t.vpcLink(id)
	if err != nil {
		return nil, err
	}
	return &tagged{link.Tags, func(tags map[string]string) error {
		link.Tags = tags
		return save(t, t.space.VPCLink(id), link)
	}}, nil
}

func (t *tx) taggedAPIKey(id string) (*tagged, error) {
	key, err := t.apiKey(id)
	if err != nil {
		return nil, err
	}
	return &tagged{key.Tags, func(tags map[string]string) error {
		key.Tags = tags
		return save(t, t.space.APIKey(id), key)
	}}, nil
}

func (t *tx) taggedUsagePlan(id string) (*tagged, error) {
	plan, err := t.usagePlan(id)
	if err != nil {
		return nil, err
	}
	return &tagged{plan.Tags, func(tags map[string]string) error {
		plan.Tags = tags
		return save(t, t.space.UsagePlan(id), plan)
	}}, nil
}

func (t *tx) taggedClientCertificate(id string) (*tagged, error) {
	certificate, err := t.clientCertificate(id)
	if err != nil {
		return nil, err
	}
	return &tagged{certificate.Tags, func(tags map[string]string) error {
		certificate.Tags = tags
		return save(t, t.space.ClientCertificate(id), certificate)
	}}, nil
}

// taggedDomainName returns a domain name by {name}, or by {name}+{id} where it is private.
func (t *tx) taggedDomainName(domain string) (*tagged, error) {
	d, err := t.domainName(domain, nil)
	if err != nil {
		return nil, err
	}
	return &tagged{d.Tags, func(tags map[string]string) error {
		d.Tags = tags
		return save(t, t.space.DomainName(d.ref()), d)
	}}, nil
}

// taggedAssociation returns a domain name access association that the caller made.
func (t *tx) taggedAssociation(arn string) (*tagged, error) {
	record, key, err := t.association(arn)
	if err != nil {
		return nil, err
	}
	if name, _ := key.Name(); name.API.Space != t.space {
		return nil, errNoAssociation
	}
	return &tagged{record.Tags, func(tags map[string]string) error {
		record.Tags = tags
		return save(t, key, record)
	}}, nil
}
