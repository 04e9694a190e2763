package control

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/patch"
)

// The limits of API keys.
//
// AWS: "API Gateway API key file format" (value and name). What a description may be is not known.
const (
	minimumKeyValue       = 20
	maximumKeyValue       = 128
	generatedKeyValue     = 40
	maximumKeyName        = 1024   // characters
	maximumKeyDescription = 125000 // characters
)

// newKeyValue makes up the value of an API key: letters of both cases and digits.
func (t *tx) newKeyValue() string {
	value := []byte(t.newID(generatedKeyValue))
	upper := t.newID(generatedKeyValue)
	for i, c := range value {
		if 'a' <= c && c <= 'z' && upper[i]%2 == 0 {
			value[i] = c - 'a' + 'A'
		}
	}
	return string(value)
}

// checkAPIKeyValue says whether an API key may have a value. One that can't arrive in a header is refused.
//
// Observed: the refusals of short and long values.
func checkAPIKeyValue(value string) error {
	switch n := utf8.RuneCountInString(value); {
	case n < minimumKeyValue:
		return apigw.BadRequest(fmt.Sprintf("API Key value should be at least %d characters", minimumKeyValue))
	case n > maximumKeyValue:
		return apigw.BadRequest(fmt.Sprintf("API Key value exceeds maximum size of %d characters", maximumKeyValue))
	}
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r >= 0x7f }) || strings.TrimSpace(value) != value {
		return apigw.BadRequest("API Key value may only have printable ASCII characters and must not begin or end with a blank")
	}
	return nil
}

// checkAPIKey says whether the texts of an API key are lawful.
func checkAPIKey(key *apigw.ApiKey) error {
	switch {
	case utf8.RuneCountInString(apigw.Value(key.Name)) > maximumKeyName:
		return apigw.BadRequest(fmt.Sprintf("API Key name exceeds maximum size of %d characters", maximumKeyName))
	case utf8.RuneCountInString(apigw.Value(key.Description)) > maximumKeyDescription:
		return apigw.BadRequest(fmt.Sprintf("API Key description exceeds maximum size of %d characters", maximumKeyDescription))
	}
	return nil
}

// checkStageKeys says whether the stages that an API key names, as {api}/{stage}, exist.
//
// AWS: "CreateApiKey": stage keys are deprecated, usage plans decide. They are kept and shown.
func (t *tx) checkStageKeys(keys []string) error {
	for _, key := range keys {
		api, stage, ok := strings.Cut(key, "/")
		if !ok || api == "" || stage == "" {
			return apigw.BadRequest("Invalid stage key specified: " + key)
		}
		if found, err := t.exists(t.place(api).keys.Stage(stage)); err != nil || !found {
			return firstError(errNoStage, err)
		}
	}
	return nil
}

// apiKeyPatch is what UpdateApiKey may change.
var apiKeyPatch = patch.Table[apigw.ApiKey]{
	Resource: "ApiKey",
	Source:   "Patch operations",
	Family:   patch.PathListFamily,
	Rows: []patch.Row[apigw.ApiKey]{
		patch.Text("/description", func(k *apigw.ApiKey) **string { return &k.Description }),
		patch.Flag("/enabled", func(k *apigw.ApiKey) **bool { return &k.Enabled }),
		patch.Text("/name", func(k *apigw.ApiKey) **string { return &k.Name }),
		patch.Text("/customerId", func(k *apigw.ApiKey) **string { return &k.CustomerId }),
		{
			Path: "/stages", Ops: patch.Add | patch.Remove, Value: "{api}/{stage}",
			Apply: func(k *apigw.ApiKey, c patch.Change) error {
				at := slices.Index(k.StageKeys, c.Text())
				switch {
				case c.Op == patch.Add && at < 0:
					k.StageKeys = append(k.StageKeys, c.Text())
				case c.Op == patch.Remove && at < 0:
					return errNoStage
				case c.Op == patch.Remove:
					k.StageKeys = slices.Delete(k.StageKeys, at, at+1)
				}
				return nil
			},
		},
		{
			Path: "/labels", Ops: patch.Add | patch.Remove, Value: "refused: API keys have no labels that could be shown",
			Apply: func(*apigw.ApiKey, patch.Change) error {
				return apigw.BadRequest("Labels of API keys are not supported: use tags")
			},
		},
	},
}
