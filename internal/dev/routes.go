package dev

import (
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/sluice-gateway/sluice/apigw"
	"github.com/sluice-gateway/sluice/internal/openapi"
)

// route is a method of the document with its integration.
type route struct {
	verb, path  string
	integration string // type, "none" where there is none
	target      string // what the integration calls, empty for MOCK
	sample      openapi.Sample
}

// routesOf returns the routes of a document, in its order.
func routesOf(document *openapi.API) []route {
	var routes []route
	for i := range document.Resources {
		resource := &document.Resources[i]
		for j := range resource.Methods {
			m := &resource.Methods[j]
			r := route{verb: m.Verb(), path: resource.Path, integration: "none", sample: document.Sample(resource.Path, m)}
			if integration := m.Shape.MethodIntegration; integration != nil {
				r.integration = string(apigw.Value(integration.Type))
				r.target = Target(integration, apigw.Value(integration.Uri))
			}
			routes = append(routes, r)
		}
	}
	return routes
}

// lambdaFunction finds the name of a function in the address of its invocation.
var lambdaFunction = regexp.MustCompile(`:function:([^/]+)/`)

// Target says in short what an integration calls whose URI, perhaps with the variables of a stage, is
// uri; it is empty for MOCK.
func Target(i *apigw.Integration, uri string) string {
	switch apigw.Value(i.Type) {
	case apigw.IntegrationTypeMock:
		return ""
	case apigw.IntegrationTypeHttp, apigw.IntegrationTypeHttpProxy:
		return strings.TrimSpace(apigw.Value(i.HttpMethod) + " " + uri)
	}
	if m := lambdaFunction.FindStringSubmatch(uri); m != nil {
		return "Lambda function " + m[1]
	}
	return uri
}

// writeRoutes writes the table of routes.
func writeRoutes(out io.Writer, routes []route) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "METHOD\tPATH\tINTEGRATION\tTARGET\n")
	for _, r := range routes {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.verb, r.path, r.integration, r.target)
	}
	_ = w.Flush() // as for every line that is written for people, there is nobody to tell
}

// curl returns a command that calls the route.
func (r *route) curl(base string) string {
	words := []string{"curl"}
	switch r.verb {
	case "GET", "ANY":
	case "HEAD":
		words = append(words, "--head")
	case "OPTIONS", "DELETE": // the answer is not in the body
		words = append(words, "-i -X "+r.verb)
	default:
		words = append(words, "-X "+r.verb)
	}
	address := base + r.sample.Path
	if len(r.sample.Query) > 0 {
		query := make([]string, 0, len(r.sample.Query))
		for _, q := range r.sample.Query {
			query = append(query, url.QueryEscape(q.Name)+"="+url.QueryEscape(q.Value))
		}
		address += "?" + strings.Join(query, "&")
	}
	words = append(words, shellQuote(address))
	for _, h := range r.sample.Headers {
		words = append(words, "-H "+shellQuote(h.Name+": "+h.Value))
	}
	if r.sample.ContentType != "" {
		words = append(words, "-H "+shellQuote("Content-Type: "+r.sample.ContentType), "-d "+shellQuote(r.sample.Body))
	}
	return strings.Join(words, " ")
}

var plainWord = regexp.MustCompile(`^[a-zA-Z0-9_./:%@=+,-]+$`)

// shellQuote writes a word for a POSIX shell.
func shellQuote(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
