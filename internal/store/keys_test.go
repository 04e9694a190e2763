package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sluice-gateway/sluice/internal/store"
)

func TestKeys(t *testing.T) {
	api := store.In("123456789012", "eu-west-1").API("a1b2c3d4e5")
	tests := []struct {
		key  store.Key
		want string
		name store.Name
	}{
		{api.Key(), "123456789012/eu-west-1/restapis/a1b2c3d4e5",
			store.Name{Kind: store.KindRestAPI, API: api, Path: []string{"a1b2c3d4e5"}}},
		{api.AccountSettings(), "123456789012/eu-west-1/account/settings",
			store.Name{Kind: store.KindAccount, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"settings"}}},
		{api.VPCLink("l1"), "123456789012/eu-west-1/vpclinks/l1",
			store.Name{Kind: store.KindVPCLink, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"l1"}}},
		{api.ClientCertificate("c1"), "123456789012/eu-west-1/clientcertificates/c1",
			store.Name{Kind: store.KindClientCertificate, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"c1"}}},
		{api.DomainName("*.example.com"), "123456789012/eu-west-1/domainnames/*.example.com",
			store.Name{Kind: store.KindDomainName, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"*.example.com"}}},
		{api.BasePathMapping("api.example.com", "orders/v1"), "123456789012/eu-west-1/basepathmappings/api.example.com/orders%2Fv1",
			store.Name{Kind: store.KindBasePathMapping, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"api.example.com", "orders/v1"}}},
		{api.AccessAssociation("a.example.com+d1", "vpce-1"), "123456789012/eu-west-1/domainnameaccessassociations/a.example.com+d1/vpce-1",
			store.Name{Kind: store.KindAccessAssociation, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"a.example.com+d1", "vpce-1"}}},
		{api.APIKey("k1"), "123456789012/eu-west-1/apikeys/k1",
			store.Name{Kind: store.KindAPIKey, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"k1"}}},
		{api.APIKeyValue("d1"), "123456789012/eu-west-1/apikeyvalues/d1",
			store.Name{Kind: store.KindAPIKeyValue, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"d1"}}},
		{api.UsagePlan("p1"), "123456789012/eu-west-1/usageplans/p1",
			store.Name{Kind: store.KindUsagePlan, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"p1"}}},
		{api.UsagePlanKey("p1", "k1"), "123456789012/eu-west-1/usageplankeys/p1/k1",
			store.Name{Kind: store.KindUsagePlanKey, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"p1", "k1"}}},
		{api.UsageMonth("p1", "k1", "2026-11"), "123456789012/eu-west-1/usage/p1/k1/2026-11",
			store.Name{Kind: store.KindUsage, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"p1", "k1", "2026-11"}}},
		{api.Resource("r1"), "123456789012/eu-west-1/parts/a1b2c3d4e5/resources/r1",
			store.Name{Kind: store.KindResource, API: api, Path: []string{"r1"}}},
		{api.Child("r1", "{id}"), "123456789012/eu-west-1/parts/a1b2c3d4e5/children/r1/{id}",
			store.Name{Kind: store.KindChild, API: api, Path: []string{"r1", "{id}"}}},
		{api.Stages().Count(), "123456789012/eu-west-1/parts/a1b2c3d4e5/counts/stages",
			store.Name{Kind: store.KindCount, API: api, Path: []string{"stages"}}},
		{api.VPCLinks().Count(), "123456789012/eu-west-1/counts/vpclinks",
			store.Name{Kind: store.KindCount, API: store.In("123456789012", "eu-west-1").API(""), Path: []string{"vpclinks"}}},
		{api.Method("r1", "GET"), "123456789012/eu-west-1/parts/a1b2c3d4e5/methods/r1/GET",
			store.Name{Kind: store.KindMethod, API: api, Path: []string{"r1", "GET"}}},
		{api.Model("Pet"), "123456789012/eu-west-1/parts/a1b2c3d4e5/models/Pet",
			store.Name{Kind: store.KindModel, API: api, Path: []string{"Pet"}}},
		{api.RequestValidator("v1"), "123456789012/eu-west-1/parts/a1b2c3d4e5/requestvalidators/v1",
			store.Name{Kind: store.KindRequestValidator, API: api, Path: []string{"v1"}}},
		{api.GatewayResponse("DEFAULT_4XX"), "123456789012/eu-west-1/parts/a1b2c3d4e5/gatewayresponses/DEFAULT_4XX",
			store.Name{Kind: store.KindGatewayResponse, API: api, Path: []string{"DEFAULT_4XX"}}},
		{api.Authorizer("z1"), "123456789012/eu-west-1/parts/a1b2c3d4e5/authorizers/z1",
			store.Name{Kind: store.KindAuthorizer, API: api, Path: []string{"z1"}}},
		{api.DocumentationPart("d1"), "123456789012/eu-west-1/parts/a1b2c3d4e5/documentationparts/d1",
			store.Name{Kind: store.KindDocumentationPart, API: api, Path: []string{"d1"}}},
		{api.DocumentationVersion("1.0 beta"), "123456789012/eu-west-1/parts/a1b2c3d4e5/documentationversions/1.0%20beta",
			store.Name{Kind: store.KindDocumentationVersion, API: api, Path: []string{"1.0 beta"}}},
		{api.Deployment("p1"), "123456789012/eu-west-1/parts/a1b2c3d4e5/deployments/p1",
			store.Name{Kind: store.KindDeployment, API: api, Path: []string{"p1"}}},
		{api.SnapshotChunk("p1", 12), "123456789012/eu-west-1/parts/a1b2c3d4e5/snapshots/p1/000012",
			store.Name{Kind: store.KindSnapshot, API: api, Path: []string{"p1", "000012"}}},
		{api.Stage("prod"), "123456789012/eu-west-1/parts/a1b2c3d4e5/stages/prod",
			store.Name{Kind: store.KindStage, API: api, Path: []string{"prod"}}},
		{store.AccessKey("AKIDEXAMPLE"), "_/accesskeys/AKIDEXAMPLE",
			store.Name{Kind: store.KindAccessKey, Path: []string{"AKIDEXAMPLE"}}},
		{store.Principal("AKIDEXAMPLE"), "_/principals/AKIDEXAMPLE",
			store.Name{Kind: store.KindPrincipal, Path: []string{"AKIDEXAMPLE"}}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			if string(tt.key) != tt.want {
				t.Errorf("got key %q, want %q", tt.key, tt.want)
			}
			got, ok := tt.key.Name()
			if diff := cmp.Diff(tt.name, got); !ok || diff != "" {
				t.Errorf("Name of %q: ok %v, diff (-want +got):\n%s", tt.key, ok, diff)
			}
		})
	}
}

func TestFamilies(t *testing.T) {
	space := store.In("123456789012", "us-east-1")
	api := space.API("parts")
	tests := []struct {
		key    store.Key
		family store.Prefix
		kind   store.Kind
	}{
		{api.Key(), space.RestAPIs(), store.KindRestAPI},
		{api.Resource("r/1"), api.Resources(), store.KindResource},
		{api.Stage("stages"), api.Stages(), store.KindStage},
		{space.VPCLink("x"), space.VPCLinks(), store.KindVPCLink},
		{api.Method("stages", "GET"), "", ""},
		{api.Child("stages", "x"), "", ""},
		{api.SnapshotChunk("d", 1), "", ""},
		{space.BasePathMapping("domainnames", "x"), "", ""},
		{store.AccessKey("x"), "", ""},
	}
	for _, tt := range tests {
		if family, kind := tt.key.Family(); family != tt.family || kind != tt.kind {
			t.Errorf("%s: got %q of kind %q, want %q of kind %q", tt.key, family, kind, tt.family, tt.kind)
		}
	}
}

func TestNameRefusesForeignKeys(t *testing.T) {
	for _, key := range []store.Key{"", "x", "a/b/c", "a/b/restapis/", "a/b/restapis/%4", "a/b/restapis/%zz", "a/b/parts/x/stages"} {
		if name, ok := key.Name(); ok {
			t.Errorf("key %q: got %+v, want it refused", key, name)
		}
	}
}

func TestPartsOfOneAPIAreNotThoseOfAnother(t *testing.T) {
	space := store.In("123456789012", "us-east-1")
	for _, key := range []store.Key{space.API("ab").Key(), space.API("abc").Stage("x"), space.API("abc").Key()} {
		if prefix := space.API("ab").Parts(); strings.HasPrefix(string(key), string(prefix)) {
			t.Errorf("prefix %q matches %q", prefix, key)
		}
	}
}

func TestNamesNeverBreakOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "/", "..", "%", "a/b", "\xff", "_", "%2F"}))
		account, region, id, stage := text.Draw(t, "account"), text.Draw(t, "region"), text.Draw(t, "id"), text.Draw(t, "stage")
		api := store.In(account, region).API(id)
		key := api.Stage(stage)
		name, ok := key.Name()
		want := store.Name{Kind: store.KindStage, API: api, Path: []string{stage}}
		if diff := cmp.Diff(want, name); !ok || diff != "" {
			t.Fatalf("key %q: ok %v, diff (-want +got):\n%s", key, ok, diff)
		}
		if !strings.HasPrefix(string(key), string(api.Stages())) || key >= api.Stages().After() {
			t.Fatalf("key %q is not within %q", key, api.Stages())
		}
	})
}

func TestSnapshotChunksKeepTheirOrder(t *testing.T) {
	api := store.In("1", "r").API("a")
	var keys []store.Key
	for _, n := range []int{0, 1, 9, 10, 99, 100, 12345, 999999} {
		keys = append(keys, api.SnapshotChunk("d", n))
	}
	if !slices.IsSorted(keys) {
		t.Errorf("got %v, want them in the order of their numbers", keys)
	}
}
