package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// backends is everything that the server calls.
type backends struct {
	http   string // addresses
	aws    string
	daemon string

	servers []*http.Server
	traces  net.PacketConn
	running sync.WaitGroup
}

// startBackends starts them on free ports. The caller calls close.
func startBackends() (*backends, error) {
	b := &backends{}
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/fill/{text}", fill)
	mux.HandleFunc("/stream/{text}", stream)
	services := http.NewServeMux()
	services.HandleFunc("/2015-03-31/functions/", invoke)
	services.HandleFunc("/2021-11-15/functions/", invokeStreaming)
	services.HandleFunc("/", getItem)
	var err error
	if b.http, err = b.serve(mux); err == nil {
		b.aws, err = b.serve(services)
	}
	if err == nil {
		b.traces, err = net.ListenPacket("udp", "127.0.0.1:0")
	}
	if err != nil {
		b.close()
		return nil, err
	}
	b.daemon = b.traces.LocalAddr().String()
	b.running.Go(func() {
		buf := make([]byte, 64<<10)
		for {
			if _, _, err := b.traces.ReadFrom(buf); errors.Is(err, net.ErrClosed) {
				return
			}
		}
	})
	return b, nil
}

// serve serves a handler on a free port.
func (b *backends) serve(handler http.Handler) (address string, err error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: handler}
	b.servers = append(b.servers, server)
	b.running.Go(func() { _ = server.Serve(ln) })
	return ln.Addr().String(), nil
}

// close ends all of them.
func (b *backends) close() {
	for _, server := range b.servers {
		_ = server.Close()
	}
	if b.traces != nil {
		_ = b.traces.Close()
	}
	b.running.Wait()
}

// echo answers with what it is sent.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Nonce", r.Header.Get("X-Nonce"))
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.Copy(w, r.Body)
}

// sizeOf returns the length of the body that is asked for.
func sizeOf(text string) int {
	size, err := strconv.Atoi(text)
	if err != nil {
		return 16
	}
	return size
}

// fill answers with a text over and over.
func fill(w http.ResponseWriter, r *http.Request) {
	text := r.PathValue("text")
	w.Header().Set("X-Nonce", text)
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write(appendFilled(nil, text, sizeOf(r.URL.Query().Get("size"))))
}

// stream does so in pieces.
func stream(w http.ResponseWriter, r *http.Request) {
	text := r.PathValue("text")
	w.Header().Set("X-Nonce", text)
	w.Header().Set("Content-Type", "text/plain")
	body := appendFilled(nil, text, sizeOf(r.URL.Query().Get("size")))
	for len(body) > 0 {
		n := min(len(body), 40<<10)
		_, _ = w.Write(body[:n])
		_ = http.NewResponseController(w).Flush()
		body = body[n:]
	}
}

// event is what the function of all Lambda integrations looks at: the event of a proxy integration, or what the template of the
// other one makes.
type event struct {
	Custom                string
	HTTPMethod            string `json:"httpMethod"`
	Body                  string
	PathParameters        struct{ N string }
	QueryStringParameters struct{ Size string }
}

// invoke is the function.
func invoke(w http.ResponseWriter, r *http.Request) {
	var e event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000")
	if e.Custom != "" {
		_ = json.NewEncoder(w).Encode(map[string]string{"back": e.Custom})
		return
	}
	nonce := e.PathParameters.N
	if !strings.Contains(e.Body, nonce) {
		nonce = "the event has the body of another request: " + e.Body
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"statusCode": 200, "headers": map[string]string{"X-Nonce": nonce}, "body": string(appendFilled(nil, nonce, sizeOf(e.QueryStringParameters.Size))),
	})
}

// invokeStreaming is the function with a streamed response.
func invokeStreaming(w http.ResponseWriter, r *http.Request) {
	var e event
	if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	nonce := e.PathParameters.N
	metadata, _ := json.Marshal(map[string]any{"statusCode": 200, "headers": map[string]string{"X-Nonce": nonce}})
	_, _ = w.Write(appendEvent(nil, "PayloadChunk", "application/octet-stream", append(metadata, make([]byte, 8)...)))
	_ = http.NewResponseController(w).Flush()
	body := appendFilled(nil, nonce, sizeOf(e.QueryStringParameters.Size))
	for len(body) > 0 {
		n := min(len(body), 40<<10)
		_, _ = w.Write(appendEvent(nil, "PayloadChunk", "application/octet-stream", body[:n]))
		_ = http.NewResponseController(w).Flush()
		body = body[n:]
	}
	_, _ = w.Write(appendEvent(nil, "InvokeComplete", "application/json", []byte("{}")))
}

// appendEvent appends a message of an event stream.
//
// AWS: InvokeWithResponseStream (Lambda API reference); Amazon Transcribe developer guide (event stream encoding).
func appendEvent(dst []byte, kind, contentType string, payload []byte) []byte {
	var headers []byte
	for _, h := range [...][2]string{{":event-type", kind}, {":content-type", contentType}, {":message-type", "event"}} {
		headers = append(append(headers, byte(len(h[0]))), h[0]...)
		headers = append(headers, 7) // a text
		headers = append(binary.BigEndian.AppendUint16(headers, uint16(len(h[1]))), h[1]...)
	}
	start := len(dst)
	dst = binary.BigEndian.AppendUint32(dst, uint32(12+len(headers)+len(payload)+4))
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(headers)))
	dst = binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
	dst = append(append(dst, headers...), payload...)
	return binary.BigEndian.AppendUint32(dst, crc32.ChecksumIEEE(dst[start:]))
}

// getItem is DynamoDB, whose items are their keys.
func getItem(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Key json.RawMessage }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || r.Header.Get("X-Amz-Target") != "DynamoDB_20120810.GetItem" {
		http.Error(w, "not a GetItem: "+r.Header.Get("X-Amz-Target"), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(map[string]any{"Item": asked.Key})
}
