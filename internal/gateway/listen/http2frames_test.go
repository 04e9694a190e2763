package listen

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// source is a connection that only reads.
type source struct {
	net.Conn
	io.Reader
}

func (s source) Read(p []byte) (int, error) { return s.Reader.Read(p) }

// frames is what a client sends: the preface, and what write adds.
func frames(t testing.TB, write func(f *http2.Framer)) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(http2.ClientPreface)
	f := http2.NewFramer(&b, nil)
	f.AllowIllegalWrites = true
	write(f)
	return b.Bytes()
}

// block is a header block.
func block(pairs ...string) []byte {
	var b bytes.Buffer
	e := hpack.NewEncoder(&b)
	for i := 0; i < len(pairs); i += 2 {
		_ = e.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]}) // a Buffer does not fail
	}
	return b.Bytes()
}

func TestFramesPass(t *testing.T) {
	good := block(":method", "GET", ":path", "/", "te", "trailers", "x", "y")
	sent := frames(t, func(f *http2.Framer) {
		_ = f.WriteSettings(http2.Setting{ID: http2.SettingInitialWindowSize, Val: 100}, http2.Setting{ID: http2.SettingEnablePush, Val: 0})
		_ = f.WriteSettingsAck()
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: good, EndHeaders: true, PadLength: 7, Priority: http2.PriorityParam{Weight: 3}})
		_ = f.WriteData(1, true, bytes.Repeat([]byte("data"), 10_000))
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 3, BlockFragment: good[:2]})
		_ = f.WriteContinuation(3, false, nil)
		_ = f.WriteContinuation(3, true, good[2:])
		_ = f.WritePing(false, [8]byte{1})
		_ = f.WriteRawFrame(http2.FrameHeaders, 0, 5, make([]byte, maxFrameBytes+1))
		_ = f.WriteRawFrame(http2.FrameSettings, 0, 0, []byte{1, 2, 3})
	})
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(sent), "byte by byte": iotest.OneByteReader(bytes.NewReader(sent))} {
		got, err := io.ReadAll(newFramedConn(source{Reader: r}))
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%s: got %d bytes and %v, want the %d that were sent", name, len(got), err, len(sent))
		}
	}
}

// Of a setting that is repeated the last value is left.
func TestRepeatedSettings(t *testing.T) {
	sent := frames(t, func(f *http2.Framer) {
		_ = f.WriteSettings(
			http2.Setting{ID: http2.SettingInitialWindowSize, Val: 1}, http2.Setting{ID: http2.SettingMaxFrameSize, Val: 20_000},
			http2.Setting{ID: http2.SettingInitialWindowSize, Val: 2}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 3})
	})
	got, err := io.ReadAll(newFramedConn(source{Reader: bytes.NewReader(sent)}))
	if err != nil {
		t.Fatal(err)
	}
	frame, err := http2.NewFramer(nil, bytes.NewReader(got[len(http2.ClientPreface):])).ReadFrame()
	if err != nil {
		t.Fatal(err)
	}
	settings, ok := frame.(*http2.SettingsFrame)
	if !ok || settings.NumSettings() != 4 || settings.HasDuplicates() {
		t.Fatalf("got %v, want four different settings", frame)
	}
	for id, want := range map[http2.SettingID]uint32{http2.SettingInitialWindowSize: 3, http2.SettingMaxFrameSize: 20_000} {
		if v, _ := settings.Value(id); v != want {
			t.Errorf("%v: got %d, want %d", id, v, want)
		}
	}
}

// Headers about the connection end it, and what came before them is served.
func TestMalformedHTTP2Requests(t *testing.T) {
	for _, h := range [][2]string{
		{"connection", "keep-alive"}, {"keep-alive", "1"}, {"proxy-connection", "close"}, {"transfer-encoding", "chunked"}, {"upgrade", "h2c"}, {"te", "gzip"}, {"te", "trailers, gzip"},
	} {
		before := frames(t, func(f *http2.Framer) { _ = f.WriteSettings() })
		sent := append(before[:len(before):len(before)], frames(t, func(f *http2.Framer) {
			bad := block(":method", "GET", h[0], h[1])
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: bad[:1]})
			_ = f.WriteContinuation(1, true, bad[1:])
		})[len(http2.ClientPreface):]...)
		got, err := io.ReadAll(newFramedConn(source{Reader: bytes.NewReader(sent)}))
		if !errors.Is(err, errMalformed) || !bytes.HasPrefix(got, before) {
			t.Errorf("%s: %s: got %v after %d bytes, want %v after at least %d", h[0], h[1], err, len(got), errMalformed, len(before))
		}
	}
}

// Whatever comes is handed on in its order, but for settings.
func FuzzFrames(f *testing.F) {
	f.Add(frames(f, func(f *http2.Framer) { _ = f.WriteSettings(http2.Setting{ID: 1, Val: 1}, http2.Setting{ID: 1, Val: 2}) }))
	f.Add(frames(f, func(f *http2.Framer) {
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block("te", "x"), EndHeaders: true, PadLength: 200})
		_ = f.WriteRawFrame(http2.FrameHeaders, http2.FlagHeadersPadded|http2.FlagHeadersPriority, 1, []byte{9})
	}))
	f.Fuzz(func(t *testing.T, sent []byte) {
		got, err := io.ReadAll(newFramedConn(source{Reader: bytes.NewReader(sent)}))
		if err != nil && !errors.Is(err, errMalformed) {
			t.Fatalf("got the error %v", err)
		}
		if len(got) > len(sent) {
			t.Fatalf("got %d bytes of %d", len(got), len(sent))
		}
		for i := range got {
			if got[i] == sent[i] {
				continue
			}
			// Only the identifier of a setting may change.
			if !bytes.Contains(got[max(0, i-1):min(len(got), i+2)], []byte{unknownSetting >> 8}) {
				t.Fatalf("byte %d of %q was %d and is %d", i, sent, sent[i], got[i])
			}
		}
	})
}
