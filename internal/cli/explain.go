package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-gateway/sluice/internal/gateway"
	"github.com/sluice-gateway/sluice/internal/server"
)

// explainTimeout bounds the question to the server.
const explainTimeout = 10 * time.Second

// newExplain returns the command that says why a request failed.
func newExplain(streams Streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "explain REQUEST-ID",
		Short: "Say why a request to an API was refused or failed",
		Long: `Say why a request to an API was refused, or answered with an error of the gateway: the phase,
the rule or policy statement that decided, the place in a mapping template.

The id is the one that the client got in the header x-amzn-RequestId or x-amz-apigw-id. A server keeps
the explanations of the last 1,000 such requests in memory, and tells them through its admin listener.`,
		Args: cobra.ExactArgs(1),
	}
	flags := addSettings(command, streams, "admin")
	asJSON := command.Flags().Bool("json", false, "print the explanation as JSON")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		config, err := flags.load()
		if err != nil {
			return err
		}
		if config.Admin == server.Off {
			return usage(errors.New("admin: the listener is off"), "name its address with --admin")
		}
		text, err := explain(command.Context(), config.Admin, arguments[0])
		if err != nil {
			return err
		}
		if *asJSON {
			_, err = streams.Out.Write(text)
			return err
		}
		var e gateway.Explanation
		if err := json.Unmarshal(text, &e); err != nil {
			return fmt.Errorf("read the explanation: %w", err)
		}
		return printExplanation(streams.Out, &e)
	}
	return command
}

// explain asks the admin listener of a server.
func explain(ctx context.Context, address, id string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, explainTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/explain/"+url.PathEscape(id), http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it has been read
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask the server: %w", err)
	case response.StatusCode != http.StatusOK:
		return nil, errors.New(strings.TrimSpace(string(text)))
	}
	return text, nil
}

// printExplanation prints an explanation for people, one thing on a line.
func printExplanation(w io.Writer, e *gateway.Explanation) error {
	var b strings.Builder
	line := func(name string, parts ...string) {
		if text := strings.TrimSpace(strings.Join(parts, " ")); text != "" {
			fmt.Fprintf(&b, "%-9s %s\n", name, text)
		}
	}
	line("time", e.Time.Format(time.RFC3339Nano))
	line("request", e.Verb, e.Host+e.Path)
	if e.APIID != "" {
		line("stage", e.Stage, "of API", e.APIID)
	}
	line("method", e.MethodVerb, e.ResourcePath)
	line("caller", e.Caller)
	line("answer", fmt.Sprint(e.Status), e.ErrorType, e.ResponseType)
	line("message", e.Message)
	line("phase", e.Phase)
	for _, reason := range e.Reasons {
		line("why", reason)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
