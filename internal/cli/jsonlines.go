package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/sluice-gateway/sluice/jsonvalue"
)

// answerLines reads JSON objects from in, one a line, and writes what answer appends for each as a line of its own, in order.
// It ends with the input: a line that is no object, and even a fault of this program, is answered by failed.
func answerLines(in io.Reader, out io.Writer, answer func(dst []byte, line jsonvalue.Value) []byte, failed func(dst []byte, err error) []byte) error {
	r := bufio.NewReaderSize(in, 1<<16)
	w := bufio.NewWriterSize(out, 1<<16)
	for {
		line, err := r.ReadBytes('\n')
		if len(line) > 0 {
			if _, err := w.Write(append(answerLine(line, answer, failed), '\n')); err != nil {
				return err
			}
		}
		if r.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return w.Flush()
		}
		if err != nil {
			return err
		}
	}
}

var errNoObject = errors.New("the line is no JSON object")

func answerLine(line []byte, answer func(dst []byte, line jsonvalue.Value) []byte, failed func(dst []byte, err error) []byte) (out []byte) {
	defer func() {
		if fault := recover(); fault != nil {
			out = failed(nil, fmt.Errorf("internal error: %v", fault))
		}
	}()
	v, err := jsonvalue.Parse(line)
	if err != nil {
		return failed(nil, err)
	}
	if v.Kind() != jsonvalue.Object {
		return failed(nil, errNoObject)
	}
	return answer(nil, v)
}

// object writes a JSON object member by member.
type object struct{ b jsonvalue.Builder }

func newObject() *object {
	o := &object{}
	o.b.BeginObject()
	return o
}

// value adds a member; no value is left out.
func (o *object) value(name string, v jsonvalue.Value) {
	if v.Exists() {
		o.b.Key(name)
		o.b.Value(v)
	}
}

func (o *object) text(name, text string) {
	o.b.Key(name)
	o.b.Str(text)
}

// appendTo ends the object and appends it to dst.
func (o *object) appendTo(dst []byte) []byte {
	o.b.End()
	return o.b.Finish().Append(dst, jsonvalue.Verbatim)
}
