package lambda_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sluice-gateway/sluice/internal/header"
	"github.com/sluice-gateway/sluice/internal/integration"
	"github.com/sluice-gateway/sluice/internal/integration/lambda"
)

// source is a stream of bytes that are there.
type source struct{ io.Reader }

func (source) Interrupt()   {}
func (source) Close() error { return nil }

// message appends a message of an event stream.
func message(dst []byte, kind, name, payload string) []byte {
	var headers []byte
	for _, h := range [...][2]string{{":message-type", kind}, {":" + kind + "-type", name}} {
		headers = append(append(headers, byte(len(h[0]))), h[0]...)
		headers = append(binary.BigEndian.AppendUint16(append(headers, 7), uint16(len(h[1]))), h[1]...)
	}
	headers = append(headers, 1, 'b', 0, 1, 's', 3, 0, 0) // values of other types are skipped
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(16+len(headers)+len(payload)))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(headers)))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	dst = append(append(dst, headers...), payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// chunks returns an event stream with the payloads.
func chunks(payloads ...string) []byte {
	var all []byte
	for _, p := range payloads {
		all = message(all, "event", "PayloadChunk", p)
	}
	return all
}

const nul = "\x00\x00\x00\x00\x00\x00\x00\x00"

var complete = string(message(nil, "event", "InvokeComplete", `{"ErrorCode":null,"LogResult":""}`))

// open opens a streamed response.
func open(stream []byte, r *lambda.Result) (*integration.Response, error) {
	resp := &integration.Response{Status: 200, Stream: source{bytes.NewReader(stream)}}
	return resp, lambda.Open(resp, r)
}

func TestOpen(t *testing.T) {
	plain := lambda.Result{Status: 201, Headers: header.List{{Name: "A", Value: "1"}}}
	tests := []struct {
		name   string
		chunks []string
		want   lambda.Result
		body   string
	}{
		{"metadata alone", []string{`{"statusCode":201,"headers":{"A":"1"}}` + nul}, plain, ""},
		{"body behind it", []string{`{"statusCode":201,"headers":{"A":"1"}}` + nul + "hel", "lo"}, plain, "hello"},
		{"in pieces", []string{`{"statusCode":201,"hea`, `ders":{"A":"1"}}` + nul[:3], nul[:5], "hello", "", nul}, plain, "hello" + nul},
		{"empty metadata", []string{`{}` + nul + "x"}, lambda.Result{Status: 200}, "x"},
		{"both maps and cookies", []string{`{"headers":{"a":"2"},"multiValueHeaders":{"A":["1"]},"cookies":["c=1","d=2; Path=/"]}` + nul},
			lambda.Result{Status: 200, Headers: header.List{
				{Name: "A", Value: "1"}, {Name: "A", Value: "2"}, {Name: "Set-Cookie", Value: "c=1"}, {Name: "Set-Cookie", Value: "d=2; Path=/"},
			}}, ""},
		{"as long as allowed", []string{`{"headers":{"A":"` + strings.Repeat("x", 16<<10-8-len(`{"headers":{"A":""}}`)) + `"}}` + nul + "y"},
			lambda.Result{Status: 200, Headers: header.List{{Name: "A", Value: strings.Repeat("x", 16<<10-8-len(`{"headers":{"A":""}}`))}}}, "y"},
	}
	for _, tt := range tests {
		for way, read := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "with the error": iotest.DataErrReader,
		} {
			t.Run(tt.name+", "+way, func(t *testing.T) {
				resp := &integration.Response{Status: 200, Stream: source{read(bytes.NewReader(append(chunks(tt.chunks...), complete...)))}}
				var got lambda.Result
				if err := lambda.Open(resp, &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(lambda.Result{})); diff != "" {
					t.Errorf("metadata differ (-want +got):\n%s", diff)
				}
				body, err := io.ReadAll(resp.Stream)
				if err != nil || string(body) != tt.body {
					t.Errorf("got body %q, %v, want %q", body, err, tt.body)
				}
			})
		}
	}
}

// A handler that is written with the official types streams to us.
func TestOpenOfficialResponse(t *testing.T) {
	text, err := io.ReadAll(&events.APIGatewayProxyStreamingResponse{
		StatusCode: 202, Headers: map[string]string{"A": "1"}, Cookies: []string{"c=1"}, Body: strings.NewReader("hello"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got lambda.Result
	resp, err := open(append(chunks(string(text)), complete...), &got)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Stream)
	want := lambda.Result{Status: 202, Headers: header.List{{Name: "A", Value: "1"}, {Name: "Set-Cookie", Value: "c=1"}}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(lambda.Result{})); diff != "" || string(body) != "hello" || err != nil {
		t.Errorf("body %q, %v; metadata (-want +got):\n%s", body, err, diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	failed := string(message(nil, "event", "InvokeComplete", `{"ErrorCode":"Runtime.X","ErrorDetails":"no"}`))
	damaged := chunks(`{}` + nul)
	damaged[len(damaged)-1] ^= 1
	tests := []struct {
		name   string
		stream string
		want   integration.Kind
	}{
		{"no delimiter", string(chunks(`{"statusCode":200}`)) + complete, integration.Configuration},
		{"no JSON", string(chunks("hello"+nul)) + complete, integration.Configuration},
		{"another member", string(chunks(`{"body":"x"}`+nul)) + complete, integration.Configuration},
		{"metadata too long", string(chunks(strings.Repeat(" ", 16<<10-9)+`{}`+nul)) + complete, integration.Configuration},
		{"nothing", complete, integration.Configuration},
		{"function error", failed, integration.FunctionError},
		{"function error in the metadata", string(chunks(`{"status`)) + failed, integration.FunctionError},
		{"ends in the metadata", string(chunks(`{"status`)), integration.Network},
		{"empty answer", "", integration.Network},
		{"not an event stream", strings.Repeat("x", 100), integration.Network},
		{"exception", string(message(nil, "exception", "ServiceException", `{"Message":"x"}`)), integration.Network},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open([]byte(tt.stream), new(lambda.Result))
			var failure *integration.Error
			if !errors.As(err, &failure) || failure.Kind != tt.want {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
	// A checksum is found wrong when the message is over, which may be behind the metadata.
	resp, err := open(append(damaged, complete...), new(lambda.Result))
	if err == nil {
		_, err = io.ReadAll(resp.Stream)
	}
	if err == nil {
		t.Error("a wrong checksum is not noticed")
	}
}

// A body that breaks off fails; what had come of it was read.
func TestStreamBreaksOff(t *testing.T) {
	failed := string(message(nil, "event", "InvokeComplete", `{"ErrorCode":"Runtime.X","ErrorDetails":"no"}`))
	for name, stream := range map[string]string{
		"function error": string(chunks("{}"+nul+"hel", "lo")) + failed,
		"no end":         string(chunks("{}"+nul+"hel", "lo")),
		"in a chunk":     string(chunks("{}"+nul+"hello", "lost"))[:len(chunks("{}"+nul+"hello"))+20],
	} {
		t.Run(name, func(t *testing.T) {
			resp, err := open([]byte(stream), new(lambda.Result))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Stream)
			var failure *integration.Error
			if string(body) != "hello" || !errors.As(err, &failure) || failure.Kind != integration.Network {
				t.Errorf("got %q, %v", body, err)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(append(chunks(`{"statusCode":201}`+nul+"hel", "lo"), complete...))
	f.Fuzz(func(t *testing.T, stream []byte) {
		resp, err := open(stream, new(lambda.Result))
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Stream)
		}
	})
}
