package control

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sluice-gateway/sluice/internal/patch"
)

// patchTables are the tables of all resources, in the order of docs/patch.md.
var patchTables = []patch.Documented{
	&accountPatch,
	&apiKeyPatch,
	&authorizerPatch,
	&basePathMappingPatch,
	&clientCertificatePatch,
	&deploymentPatch,
	&documentationPartPatch,
	&documentationVersionPatch,
	&domainNamePatch,
	&gatewayResponsePatch,
	&integrationPatch,
	&integrationResponsePatch,
	&methodPatch,
	&methodResponsePatch,
	&modelPatch,
	&requestValidatorPatch,
	&resourcePatch,
	&restAPIPatch,
	&stagePatch,
	&usagePatch,
	&usagePlanPatch,
	&vpcLinkPatch,
}

const patchDocument = "../../docs/patch.md"

const patchIntroduction = `<!-- Written by the tests of internal/control: UPDATE=1 go test ./internal/control -->
# What PATCH may change

Every Update operation takes ` + "`patchOperations`" + `, a list of ` + "`{op, path, value, from}`" + `. They are carried out in order on a
copy, which is kept only when all of them succeed; the result is then checked like a create or a put. A path is a JSON
pointer: within a segment ` + "`~1`" + ` stands for ` + "`/`" + ` and ` + "`~0`" + ` for ` + "`~`" + `, so ` + "`image/png`" + ` is written ` + "`image~1png`" + `. A
segment in braces stands for any one text. A value is always a string: ` + "`true`" + ` and ` + "`false`" + ` in any case, numbers as
decimal text, documents as their text. Whatever is not listed here is refused.

`

// TestPatchDocument holds docs/patch.md to the tables; UPDATE=1 writes it.
func TestPatchDocument(t *testing.T) {
	sections := make([]string, len(patchTables))
	for i, table := range patchTables {
		sections[i] = table.Markdown()
	}
	want := patchIntroduction + strings.Join(sections, "\n")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(patchDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(patchDocument)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, strings.ReplaceAll(string(got), "\r\n", "\n")); diff != "" {
		t.Errorf("docs/patch.md is not what the tables say; run UPDATE=1 go test ./internal/control (-want +got):\n%s", diff)
	}
}
