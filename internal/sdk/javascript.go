package sdk

import (
	"archive/zip"
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/snapshot"
)

//go:embed javascript
var files embed.FS

// root is the directory in the archive, as the service has it.
const root = "apiGateway-js-sdk/"

// placeholder is the line of apigClient.js in whose place the description stands.
const placeholder = "const api = null;"

// description is what apigClient.js knows of the stage.
type description struct {
	InvokeURL string   `json:"invokeUrl"`
	Region    string   `json:"region"`
	Methods   []method `json:"methods"`
}

// WriteJavaScript returns the zip of a client for a stage that serves api at a URL. Equal stages get equal bytes.
func WriteJavaScript(api *snapshot.API, stage, invokeURL string) ([]byte, error) {
	d := description{InvokeURL: invokeURL, Region: api.Region, Methods: methodsOf(api)}
	text, err := json.MarshalIndent(d, "  ", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the methods: %w", err)
	}
	client, err := files.ReadFile("javascript/apigClient.js")
	if err != nil {
		return nil, err
	}
	client = bytes.Replace(client, []byte(placeholder), []byte("const api = "+string(text)+";"), 1)
	readme, err := readme(api, d, stage)
	if err != nil {
		return nil, err
	}

	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, file := range []struct {
		name string
		text []byte
	}{{"README.md", readme}, {"apigClient.js", client}, {"package.json", []byte(packageJSON)}} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: root + file.name, Method: zip.Deflate, Modified: api.CreatedDate.UTC()})
		if err != nil {
			return nil, fmt.Errorf("write %s: %w", file.name, err)
		}
		if _, err := f.Write(file.text); err != nil {
			return nil, fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write archive: %w", err)
	}
	return archive.Bytes(), nil
}

// packageJSON makes the directory a package for Node.
const packageJSON = `{
  "name": "apigateway-js-sdk",
  "version": "1.0.0",
  "private": true,
  "main": "apigClient.js",
  "engines": {"node": ">=18"}
}
`

// readme returns the README of a client.
func readme(api *snapshot.API, d description, stage string) ([]byte, error) {
	text, err := files.ReadFile("javascript/README.md")
	if err != nil {
		return nil, err
	}
	example := "methodName"
	rows := make([]string, len(d.Methods))
	for i, m := range d.Methods {
		var parameters []string
		for _, name := range slices.Concat(m.inPath, m.Query, m.Header) {
			if slices.Contains(m.Required, name) {
				name += " `*`"
			}
			parameters = append(parameters, name)
		}
		rows[i] = fmt.Sprintf("| `%s` | `%s %s` | %s |", m.Name, m.Verb, m.Path, strings.Join(parameters, ", "))
	}
	if len(d.Methods) > 0 {
		example = d.Methods[0].Name
	}
	return []byte(strings.NewReplacer(
		"{{title}}", strings.Join(strings.Fields(apigw.Value(api.RestAPI.Name)), " "), "{{stage}}", stage,
		"{{example}}", example, "{{url}}", d.InvokeURL, "{{methods}}\n", strings.Join(rows, "\n")+"\n",
	).Replace(string(text))), nil
}
