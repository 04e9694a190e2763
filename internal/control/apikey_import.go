package control

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
)

// importApiKeys makes API keys of a CSV file and puts them into usage plans. Without failonwarnings a row that
// can't be imported is left out with a warning; with it nothing is kept then.
//
// A key whose value exists is overwritten. It stays in the usage plans that it is in.
//
// AWS: "API Gateway API key file format".
func (c *Control) importApiKeys(ctx context.Context, in *apigw.ImportApiKeysRequest) (*apigw.ApiKeyIds, error) {
	rows, err := readKeyFile(string(in.Body))
	if err != nil {
		return nil, err
	}
	return publish(ctx, c, func(t *tx) (*apigw.ApiKeyIds, error) {
		plans, err := list[UsagePlan](t, t.space.UsagePlans())
		if err != nil {
			return nil, err
		}
		out := &apigw.ApiKeyIds{Ids: []string{}}
		for _, row := range rows {
			id, warnings, err := t.importAPIKey(row, plans)
			if err != nil {
				return nil, err
			}
			if id != "" {
				out.Ids = append(out.Ids, id)
			}
			for _, warning := range warnings {
				out.Warnings = append(out.Warnings, fmt.Sprintf("Line %d: %s", row.line, warning))
			}
		}
		if len(out.Warnings) > 0 && apigw.Value(in.FailOnWarnings) {
			return nil, apigw.BadRequest("Unable to import API keys: " + strings.Join(out.Warnings, "; "))
		}
		return out, nil
	})
}

// importAPIKey makes or overwrites the API key of a row and puts it into those of the plans that the row names. What keeps
// it from that comes back as warnings; the error is not the client's.
func (t *tx) importAPIKey(row keyRow, plans []UsagePlan) (id string, warnings []string, err error) {
	if row.problem != "" {
		return "", []string{row.problem}, nil
	}
	key, err := t.apiKeyOfRow(row)
	if refused, ok := errors.AsType[*apigw.Error](err); ok {
		return "", []string{refused.Message}, nil
	}
	if err != nil {
		return "", nil, err
	}
	for _, id := range row.plans {
		err := t.importUsagePlanKey(plans, id, *key.Id)
		if refused, ok := errors.AsType[*apigw.Error](err); ok {
			warnings, err = append(warnings, refused.Message+": "+id), nil
		}
		if err != nil {
			return "", nil, err
		}
	}
	return *key.Id, warnings, nil
}

// importUsagePlanKey puts an API key into the plan with that id, unless it is there.
func (t *tx) importUsagePlanKey(plans []UsagePlan, id, apiKey string) error {
	at := slices.IndexFunc(plans, func(p UsagePlan) bool { return *p.Id == id })
	if at < 0 {
		return errNoUsagePlan
	}
	if in, err := t.exists(t.space.UsagePlanKey(id, apiKey)); err != nil || in {
		return err
	}
	return t.addUsagePlanKey(plans, &plans[at], apiKey)
}

// apiKeyOfRow makes or overwrites the API key of a row.
func (t *tx) apiKeyOfRow(row keyRow) (*apigw.ApiKey, error) {
	text := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	if err := checkAPIKeyValue(row.value); err != nil {
		return nil, err
	}
	id, err := t.apiKeyWithValue(row.value)
	if err != nil {
		return nil, err
	}
	if id == "" {
		key := &apigw.ApiKey{
			Name: text(row.name), Description: text(row.description), Enabled: &row.enabled, Value: &row.value, StageKeys: []string{},
		}
		if err := checkAPIKey(key); err != nil {
			return nil, err
		}
		return key, t.createAPIKey(key)
	}
	key, err := t.apiKey(id)
	if err != nil {
		return nil, err
	}
	key.Name, key.Description, key.Enabled = text(row.name), text(row.description), &row.enabled
	return key, t.saveAPIKey(key)
}

// keyRow is a row of an API key file.
type keyRow struct {
	line                     int // on which it begins, from 1
	name, value, description string
	enabled                  bool
	plans                    []string
	problem                  string // why the row can't be read
}

// readKeyFile reads an API key file. Its first row names the columns, in any case and order; those that are not
// known are ignored.
func readKeyFile(text string) ([]keyRow, error) {
	records, err := splitCSV(strings.TrimPrefix(text, "\ufeff"))
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, apigw.BadRequest("The API key file is empty")
	}
	columns := map[string]int{}
	for i, name := range records[0].fields {
		columns[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, required := range []string{"name", "key"} {
		if _, ok := columns[required]; !ok {
			return nil, apigw.BadRequest("The API key file has no column " + required)
		}
	}
	var rows []keyRow
	for _, record := range records[1:] {
		rows = append(rows, readKeyRow(record, columns))
	}
	return rows, nil
}

// readKeyRow reads a row of an API key file by its columns.
func readKeyRow(record csvRecord, columns map[string]int) keyRow {
	field := func(name string) string {
		i, ok := columns[name]
		if !ok || i >= len(record.fields) {
			return ""
		}
		return strings.TrimSpace(record.fields[i])
	}
	row := keyRow{line: record.line, name: field("name"), value: field("key"), description: field("description"), enabled: true}
	switch enabled := field("enabled"); strings.ToLower(enabled) {
	case "", "true":
	case "false":
		row.enabled = false
	default:
		row.problem = "Enabled must be true or false: " + enabled
	}
	for id := range strings.SplitSeq(field("usageplanids"), ",") {
		if id = strings.TrimSpace(id); id != "" && !slices.Contains(row.plans, id) {
			row.plans = append(row.plans, id)
		}
	}
	return row
}

// csvRecord is one record of a file of comma-separated values.
type csvRecord struct {
	line   int // on which it begins, from 1
	fields []string
}

// splitCSV splits a file of comma-separated values into its records, without empty lines. A field may stand
// in double or in single quotes, which encoding/csv does not know; the quote stands in it twice. Quoted
// fields may have commas and line ends.
func splitCSV(text string) ([]csvRecord, error) {
	var records []csvRecord
	var fields []string
	line, begun := 1, 1
	for text != "" {
		var field string
		var lines int
		var ok bool
		if field, text, lines, ok = cutField(text); !ok {
			return nil, apigw.BadRequest(fmt.Sprintf("The API key file is not CSV: the quote of line %d is never closed", line))
		}
		fields = append(fields, field)
		line += lines
		if strings.HasPrefix(text, ",") {
			if text = text[1:]; text == "" {
				fields = append(fields, "")
			} else {
				continue
			}
		}
		if len(fields) > 1 || strings.TrimSpace(fields[0]) != "" {
			records = append(records, csvRecord{begun, fields})
		}
		text = strings.TrimPrefix(strings.TrimPrefix(text, "\r"), "\n")
		line++
		fields, begun = nil, line
	}
	return records, nil
}

// cutField cuts the first field off a text: up to a comma, a line end or the end. It reports how many line ends
// are in it, and false where a quote is never closed.
func cutField(text string) (field, rest string, lines int, ok bool) {
	quoted := strings.TrimLeft(text, " \t")
	if quoted == "" || quoted[0] != '"' && quoted[0] != '\'' {
		end := strings.IndexAny(text, ",\r\n")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], 0, true
	}
	quote := quoted[:1]
	var b strings.Builder
	for quoted = quoted[1:]; ; {
		part, after, closed := strings.Cut(quoted, quote)
		if !closed {
			return "", "", 0, false
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, quote) {
			end := strings.IndexAny(after, ",\r\n")
			if end < 0 {
				end = len(after)
			}
			return b.String() + strings.TrimRight(after[:end], " \t"), after[end:], strings.Count(b.String(), "\n"), true
		}
		b.WriteString(quote)
		quoted = after[1:]
	}
}
